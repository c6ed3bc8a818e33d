//! The coordinator of one group: its members, who reads which partition, and how far they are.

use super::Refusal;
use std::collections::BTreeMap;

/// A committed offset and what is written beside it.
pub type Committed = (i64, String);

/// Who somebody is in the group, and since which generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The name that outlives restarts.
    pub instance: String,
    /// Given by the group at each join.
    pub id: u64,
    /// The generation that it knows.
    pub generation: u64,
}

#[derive(Debug)]
struct Member {
    id: u64,
    /// It has asked to be in the next generation.
    joined: bool,
    assigned: Vec<i32>,
    silent_since: Option<u64>,
}

/// One group that reads one topic.
#[derive(Debug)]
pub struct Group {
    partitions: i32,
    generation: u64,
    rebalancing: bool,
    last_id: u64,
    members: BTreeMap<String, Member>,
    committed: BTreeMap<i32, Committed>,
    /// Offsets of transactions that have not ended, by partition and producer.
    pending: BTreeMap<(i32, u64), i64>,
}

/// What a member learns when it looks.
#[derive(Debug, PartialEq, Eq)]
pub enum View {
    /// A new generation is being made: give everything back and join it.
    Rebalancing,
    /// It waits for the others.
    Waiting,
    /// The generation and its partitions.
    Assigned(u64, Vec<i32>),
}

impl Group {
    /// Of a topic with so many partitions.
    #[must_use]
    pub fn new(partitions: i32) -> Self {
        Self {
            partitions,
            generation: 0,
            rebalancing: false,
            last_id: 0,
            members: BTreeMap::new(),
            committed: BTreeMap::new(),
            pending: BTreeMap::new(),
        }
    }

    /// A process comes as `instance`. One that was here under that name is fenced; the group goes on as it was.
    pub fn join(&mut self, instance: &str) -> u64 {
        self.last_id += 1;
        let id = self.last_id;
        if let Some(member) = self.members.get_mut(instance) {
            (member.id, member.silent_since, member.joined) = (id, None, true);
        } else {
            let member = Member { id, joined: true, assigned: Vec::new(), silent_since: None };
            self.members.insert(instance.to_owned(), member);
            self.begin_rebalance(instance);
        }
        self.finish_rebalance();
        id
    }

    /// What a member is told; `Rebalancing` until it joins again.
    pub fn look(&mut self, who: &Membership) -> Result<View, Refusal> {
        let (rebalancing, generation) = (self.rebalancing, self.generation);
        let member = self.member(who)?;
        Ok(match (rebalancing, member.joined) {
            (true, false) => View::Rebalancing,
            (true, true) => View::Waiting,
            (false, _) => View::Assigned(generation, member.assigned.clone()),
        })
    }

    /// A member has given back what it had.
    pub fn rejoin(&mut self, who: &Membership) -> Result<(), Refusal> {
        self.member(who)?.joined = true;
        self.finish_rebalance();
        Ok(())
    }

    /// Nothing is heard of the member from now on, or it is heard again.
    pub fn set_silent(&mut self, instance: &str, id: u64, since: Option<u64>) {
        if let Some(member) = self.members.get_mut(instance).filter(|member| member.id == id) {
            member.silent_since = since;
        }
    }

    /// Puts out a member that has been silent since `before` or longer; whether it did.
    pub fn expire(&mut self, instance: &str, id: u64, before: u64) -> bool {
        let is_dead = |member: &Member| member.id == id && member.silent_since.is_some_and(|at| at <= before);
        if !self.members.get(instance).is_some_and(is_dead) {
            return false;
        }
        self.members.remove(instance);
        self.begin_rebalance("");
        self.finish_rebalance();
        true
    }

    /// Keeps an offset for a member of this generation.
    pub fn commit(&mut self, who: &Membership, partition: i32, committed: Committed) -> Result<(), Refusal> {
        self.current(who)?;
        self.committed.insert(partition, committed);
        Ok(())
    }

    /// Keeps offsets of a transaction until it ends. Without a membership (as no client of ours does) nothing is checked.
    pub fn commit_in_transaction(
        &mut self,
        who: Option<&Membership>,
        pid: u64,
        offsets: &BTreeMap<i32, i64>,
    ) -> Result<(), Refusal> {
        if let Some(who) = who {
            self.current(who)?;
        }
        self.pending.extend(offsets.iter().map(|(partition, next)| ((*partition, pid), *next)));
        Ok(())
    }

    /// A transaction that holds offsets has ended.
    pub fn end_transaction(&mut self, pid: u64, commit: bool) {
        let of_others = |(_, its): &(i32, u64)| *its != pid;
        let (rest, its): (BTreeMap<_, _>, _) =
            std::mem::take(&mut self.pending).into_iter().partition(|(key, _)| of_others(key));
        self.pending = rest;
        let ended: BTreeMap<(i32, u64), i64> = its;
        for ((partition, _), next) in ended.into_iter().filter(|_| commit) {
            self.committed.insert(partition, (next, String::new()));
        }
    }

    /// What is committed, when no transaction may still change it.
    pub fn stable(&self, partition: i32) -> Result<Option<Committed>, Refusal> {
        if self.pending.keys().any(|(pending, _)| *pending == partition) {
            return Err(Refusal::Concurrent);
        }
        Ok(self.committed.get(&partition).cloned())
    }

    /// The same member in the generation that is now.
    #[must_use]
    pub fn up_to_date(&self, who: &Membership) -> Membership {
        Membership { generation: self.generation, ..who.clone() }
    }

    fn member(&mut self, who: &Membership) -> Result<&mut Member, Refusal> {
        let member = self.members.get_mut(&who.instance).ok_or(Refusal::UnknownMember)?;
        if member.id == who.id { Ok(member) } else { Err(Refusal::FencedInstance) }
    }

    fn current(&mut self, who: &Membership) -> Result<(), Refusal> {
        self.member(who)?;
        if who.generation == self.generation { Ok(()) } else { Err(Refusal::OldGeneration) }
    }

    fn begin_rebalance(&mut self, by: &str) {
        if !std::mem::replace(&mut self.rebalancing, true) {
            self.members.iter_mut().for_each(|(instance, member)| member.joined = instance == by);
        }
    }

    /// When all have joined, each gets its range.
    fn finish_rebalance(&mut self) {
        if !self.rebalancing || self.members.values().any(|member| !member.joined) {
            return;
        }
        self.rebalancing = false;
        self.generation += 1;
        let count = i32::try_from(self.members.len()).unwrap_or(i32::MAX).max(1);
        for (index, member) in (0..).zip(self.members.values_mut()) {
            let from = |index: i32| index * self.partitions / count;
            member.assigned = (from(index)..from(index + 1)).collect();
        }
    }
}
