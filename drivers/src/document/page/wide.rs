//! One body, two compilations: for every processor of the architecture, and for those with AVX2.
//!
//! The loops inside are plain integer arithmetic that the compiler turns into vectors; both
//! compilations give the same bytes, which the tests hold.

/// Writes a function whose body is compiled twice; which one runs is decided when it is called.
macro_rules! wide {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        $vis fn $name($($arg: $type),*) {
            #[inline(always)]
            fn plain($($arg: $type),*) $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn avx2($($arg: $type),*) {
                    plain($($arg),*)
                }
                if crate::document::page::wide::avx2() {
                    // SAFETY: the processor was just asked whether it has AVX2.
                    return unsafe { avx2($($arg),*) };
                }
            }
            plain($($arg),*)
        }
    };
}

pub(super) use wide;

#[cfg(test)]
thread_local! {
    /// Switched off by tests that compare the two compilations.
    pub(super) static ALLOWED: std::cell::Cell<bool> = const { std::cell::Cell::new(true) };
}

/// Whether the processor has AVX2.
#[cfg(target_arch = "x86_64")]
pub(super) fn avx2() -> bool {
    #[cfg(test)]
    if !ALLOWED.get() {
        return false;
    }
    std::is_x86_feature_detected!("avx2")
}

/// Runs `act` as a processor without AVX2 would.
#[cfg(test)]
pub(super) fn plainly<T>(act: impl FnOnce() -> T) -> T {
    ALLOWED.set(false);
    let out = act();
    ALLOWED.set(true);
    out
}
