-- The histogram's bins, in whole numbers, exactly as in the program (crates/kpi/src/histogram.rs): one bin a second below
-- 120 s, then each doubling of 120 s in 128 equal bins. `arrayCount` is the whole part of the binary logarithm; the
-- one-element `arrayMap` gives it a name.
CREATE OR REPLACE FUNCTION svarstid_bin AS (us) ->
    toUInt16(if(us < 120000000,
        intDiv(greatest(us, 0), 1000000),
        arrayMap(octave -> 120 + 128 * octave
                + intDiv(us - bitShiftLeft(toInt64(120000000), octave), intDiv(bitShiftLeft(toInt64(120000000), octave), 128)),
            [arrayCount(k -> intDiv(us, 120000000) >= bitShiftLeft(toInt64(1), k), range(1, 37))])[1]));

-- The smallest time in a bin, microseconds.
CREATE OR REPLACE FUNCTION svarstid_bin_low_us AS (bin) ->
    toInt64(if(bin < 120,
        toInt64(bin) * 1000000,
        bitShiftLeft(toInt64(120000000), intDiv(toInt64(bin) - 120, 128))
            + ((toInt64(bin) - 120) % 128) * intDiv(bitShiftLeft(toInt64(120000000), intDiv(toInt64(bin) - 120, 128)), 128)));

-- How many a histogram counted.
CREATE OR REPLACE FUNCTION svarstid_count AS (bins) -> arraySum(mapValues(bins));

-- How many are below a number of whole seconds up to 120 (bin edges, so the answer is exact).
CREATE OR REPLACE FUNCTION svarstid_count_below_s AS (bins, seconds) ->
    arraySum(mapValues(mapFilter((bin, n) -> bin < seconds, bins)));

-- Low edge of the bin that holds the element sorted[floor(q * n)]: less than 1 s (below 120 s) or 1 % under the exact
-- quantile. NULL of nothing. Of a longer window: svarstid_quantile_us(sumMap(answer_time_bins), 0.9).
CREATE OR REPLACE FUNCTION svarstid_quantile_us AS (bins, q) ->
    if(svarstid_count(bins) > 0,
        svarstid_bin_low_us(arrayMap(sorted -> mapKeys(sorted)[arrayFirstIndex(
                below -> below > least(toInt64(floor(q * svarstid_count(bins))), svarstid_count(bins) - 1),
                arrayCumSum(mapValues(sorted)))],
            [mapSort(bins)])[1]),
        NULL);

-- A part of a whole; NULL of nothing.
CREATE OR REPLACE FUNCTION svarstid_share AS (part, whole) -> if(whole > 0, part / whole, NULL);
