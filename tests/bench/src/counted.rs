//! The programs' allocator, which counts when it is asked to: how often memory was taken, how much, and how much of it is kept.
#![allow(unsafe_code, reason = "an allocator is unsafe by its trait; every call is handed on as it came")]

use mimalloc::MiMalloc;
use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};

/// mimalloc, as in `svarstid`. While it does not count, that costs one look at a flag.
pub struct Counted;

static IS_COUNTING: AtomicBool = AtomicBool::new(false);
static TIMES: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);
static KEPT: AtomicI64 = AtomicI64::new(0);

/// What was counted, of all threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// How often memory was asked for, growing included.
    pub times: u64,
    /// How many bytes were asked for.
    pub bytes: u64,
    /// Bytes that were asked for and not given back; less than none when older ones were.
    pub kept: i64,
}

/// Runs `work` and counts meanwhile. Not two at a time.
pub fn counting<T>(work: impl FnOnce() -> T) -> (T, Counts) {
    TIMES.store(0, Relaxed);
    BYTES.store(0, Relaxed);
    KEPT.store(0, Relaxed);
    IS_COUNTING.store(true, Relaxed);
    let done = work();
    IS_COUNTING.store(false, Relaxed);
    (done, Counts { times: TIMES.load(Relaxed), bytes: BYTES.load(Relaxed), kept: KEPT.load(Relaxed) })
}

fn took(bytes: usize, before: usize) {
    if IS_COUNTING.load(Relaxed) {
        TIMES.fetch_add(1, Relaxed);
        BYTES.fetch_add(bytes as u64, Relaxed);
        KEPT.fetch_add(bytes as i64 - before as i64, Relaxed);
    }
}

// SAFETY: every request goes to mimalloc unchanged, and so does its answer.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        took(layout.size(), 0);
        // SAFETY: the caller's promise is the same.
        unsafe { MiMalloc.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        took(layout.size(), 0);
        // SAFETY: the caller's promise is the same.
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        took(size, layout.size());
        // SAFETY: the caller's promise is the same, and mimalloc made what is given back.
        unsafe { MiMalloc.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        if IS_COUNTING.load(Relaxed) {
            KEPT.fetch_sub(layout.size() as i64, Relaxed);
        }
        // SAFETY: the caller's promise is the same, and mimalloc made what is given back.
        unsafe { MiMalloc.dealloc(at, layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;

    #[test]
    fn what_is_kept_and_what_was_only_used() {
        let (kept, counts) = counting(|| {
            drop(black_box(vec![1_u8; 1_000_000]));
            black_box(vec![2_u8; 3_000_000])
        });
        // Other tests run meanwhile, and need little.
        assert!((2_900_000..3_100_000).contains(&counts.kept), "{counts:?}");
        assert!((3_900_000..4_200_000).contains(&counts.bytes), "{counts:?}");
        assert!((2..1000).contains(&counts.times), "{counts:?}");
        assert_eq!(kept.len(), 3_000_000);
    }
}
