//! `[[user]]`: what has to change. Passwords are checked and hashed before the transaction, since that takes its time.

use domain::{Role, UserId};
use store::{NewUser, Planned, Step, WorkspaceSnapshot};

use super::{ApplyError, Mistake, file::UserEntry};
use crate::{Switchyard, api_error};

/// What is known of the user of an entry, in the order of the entries.
pub(super) struct Account {
    /// Who has this address, in whatever workspace.
    known: Option<UserId>,
    /// The hash of the entry's password, unless it is the user's already.
    new_hash: Option<String>,
}

pub(super) async fn look_up(switchyard: &Switchyard, entries: &[UserEntry]) -> Result<Vec<Account>, ApplyError> {
    let mut accounts = Vec::with_capacity(entries.len());
    for entry in entries {
        let known = switchyard.store().credentials(&entry.email.value).await.map_err(api_error)?;
        let mut new_hash = None;
        if let Some(password) = &entry.password {
            let hash = known.as_ref().map(|user| user.password_hash.as_str());
            if hash.is_none() || !switchyard.passwords().verify(&password.value, hash).await? {
                new_hash = Some(switchyard.passwords().hash(&password.value).await?);
            }
        }
        accounts.push(Account { known: known.map(|user| user.user), new_hash });
    }
    Ok(accounts)
}

/// The steps for all users.
pub(super) fn plan(
    switchyard: &Switchyard,
    entries: &[UserEntry],
    accounts: &[Account],
    existing: Option<&WorkspaceSnapshot>,
    steps: &mut Vec<Planned>,
) -> Result<(), Mistake> {
    for (entry, account) in entries.iter().zip(accounts) {
        let name = entry.name.as_ref().map(|name| name.value.trim().to_owned());
        let told = name.clone().unwrap_or_else(|| "a user".to_owned());
        let mut add = |step: Step, what: String| {
            steps.push(Planned::new(step, entry.line, format!("user “{told}”: {what}")));
        };
        let Some(user) = account.known else {
            let (user, role) = new_user(switchyard, entry, account)?;
            add(Step::User(user, role), format!("added as {role}"));
            continue;
        };
        let member = existing.and_then(|found| found.members.iter().find(|member| member.id == user));
        match (member, entry.role) {
            (None, role) => {
                let role = role.ok_or_else(|| Mistake::new(entry.line, needs("role = \"admin\"")))?;
                add(Step::Member(user, role), format!("added as {role}"));
            }
            (Some(member), Some(role)) if member.role != role => add(Step::Role(user, role), format!("now {role}")),
            _ => {}
        }
        if let (Some(name), Some(member)) = (&name, member)
            && member.name != *name
        {
            add(Step::UserName(user, name.clone()), format!("renamed from “{}”", member.name));
        }
        if let Some(hash) = &account.new_hash {
            add(Step::Password(user, hash.clone()), "password changed, all sessions ended".to_owned());
        }
    }
    Ok(())
}

fn new_user(switchyard: &Switchyard, entry: &UserEntry, account: &Account) -> Result<(NewUser, Role), Mistake> {
    let missing = |what: &str| Mistake::new(entry.line, needs(what));
    let name = entry.name.as_ref().ok_or_else(|| missing("name = \"…\""))?;
    let role = entry.role.ok_or_else(|| missing("role = \"admin\", \"marketer\" or \"viewer\""))?;
    let hash = account.new_hash.clone().ok_or_else(|| missing("password = \"…\" or password_env = \"VARIABLE\""))?;
    let id = UserId(switchyard.new_id());
    let user =
        NewUser { id, name: name.value.trim().to_owned(), email: entry.email.value.clone(), password_hash: hash };
    Ok((user, role))
}

fn needs(what: &str) -> String {
    format!("This user does not exist yet: add {what}.")
}
