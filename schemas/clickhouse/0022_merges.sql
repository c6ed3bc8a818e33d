-- A sink that is in time writes a small block of each partition of the topics every second. With the usual base of 5 merging them takes more of
-- the server than writing them; with 10 fewer and wider merges do the same, and a row is copied half as often (docs/performance.md).
ALTER TABLE calls MODIFY SETTING merge_selector_base = 10;
ALTER TABLE kpi_windows MODIFY SETTING merge_selector_base = 10;
ALTER TABLE call_events MODIFY SETTING merge_selector_base = 10;
