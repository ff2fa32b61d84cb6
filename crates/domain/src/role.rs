//! Who acts, and what they may do.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{ApiError, UserId, WorkspaceId};

/// What a user may do in a workspace. Each role includes the ones below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees everything, changes nothing.
    Viewer,
    /// Configures sources, destinations, workflows and audiences.
    Marketer,
    /// Also manages people and the workspace.
    Admin,
}

impl Role {
    /// The name in the database, in `apply` files and in forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Marketer => "marketer",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "viewer" => Ok(Self::Viewer),
            "marketer" => Ok(Self::Marketer),
            "admin" => Ok(Self::Admin),
            other => Err(format!("{other:?} is not a role: admin, marketer or viewer")),
        }
    }
}

/// The signed-in user in the workspace that the session names. Every call below the pages takes one.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Who.
    pub user: UserId,
    /// Where. Never taken from the request.
    pub workspace: WorkspaceId,
    /// With which rights.
    pub role: Role,
}

impl Actor {
    /// # Errors
    /// [`ApiError::Forbidden`] if the role is below `needed`.
    pub fn require(&self, needed: Role) -> Result<(), ApiError> {
        if self.role >= needed { Ok(()) } else { Err(ApiError::Forbidden) }
    }
}
