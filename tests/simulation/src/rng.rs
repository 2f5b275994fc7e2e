//! Chance that can be had again: splitmix64, ten lines that no update of a library changes under a seed.

/// A generator of numbers that its seed determines.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// The generator of a seed, for a purpose: what is drawn for one purpose does not shift what is drawn for another.
    pub fn new(seed: u64, purpose: u64) -> Self {
        let mut rng = Self(seed ^ purpose.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        rng.draw();
        rng
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, which is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        let n = u64::try_from(n.max(1)).unwrap_or(1);
        usize::try_from(self.draw() % n).unwrap_or(0)
    }

    /// A number of seconds in a range, both ends included.
    pub fn seconds(&mut self, from: i64, to: i64) -> chrono::TimeDelta {
        let span = usize::try_from(to - from + 1).unwrap_or(1);
        chrono::TimeDelta::seconds(from + i64::try_from(self.below(span)).unwrap_or(0))
    }

    /// Whether something happens that happens in so many of a thousand cases.
    pub fn per_mille(&mut self, cases: u32) -> bool {
        self.draw() % 1000 < u64::from(cases)
    }

    /// One of several; `None` of none.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        if of.is_empty() { None } else { of.get(self.below(of.len())) }
    }
}
