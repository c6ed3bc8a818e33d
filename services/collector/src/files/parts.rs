//! Which file an offset of the reader lies in.

use super::identity::Identity;
use super::position::Mark;

/// The files that still matter, in their order.
#[derive(Debug, Default)]
pub(super) struct Parts(Vec<Part>);

#[derive(Debug)]
struct Part {
    identity: Identity,
    /// The reader's offset of the file's first byte.
    base: u64,
}

impl Parts {
    /// A file whose first byte has this offset.
    pub fn add(&mut self, identity: Identity, base: u64) {
        self.0.push(Part { identity, base });
    }

    /// The one that is read, or was read last.
    pub fn last(&self) -> Option<Identity> {
        self.0.last().map(|part| part.identity)
    }

    /// The offset of its first byte.
    pub fn base(&self) -> u64 {
        self.0.last().map_or(0, |part| part.base)
    }

    /// Whether one of them stood or stands under this inode.
    pub fn has_inode(&self, inode: u64) -> bool {
        self.0.iter().any(|part| part.identity.inode == inode)
    }

    /// Whether one of them begins so.
    pub fn has_head(&self, head: u64) -> bool {
        self.0.iter().any(|part| part.identity.head == head)
    }

    /// The file and the place in it.
    pub fn mark(&self, offset: u64) -> Option<Mark> {
        let part = self.0.iter().rfind(|part| part.base <= offset)?;
        Some(Mark { identity: part.identity, offset: offset - part.base })
    }

    /// Nothing before this offset is needed any more.
    pub fn forget_before(&mut self, offset: u64) {
        while self.0.get(1).is_some_and(|second| second.base <= offset) {
            self.0.remove(0);
        }
    }
}
