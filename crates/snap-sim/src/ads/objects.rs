//! Organisations, ad accounts, pixels and apps as the Ads API writes them.

use serde_json::{Value, json};

use crate::directory::{AssetEntry, Directory};
use crate::seed::{AdAccount, Organization, User};

/// All seeded objects are as old as each other.
const CREATED: &str = "2023-06-01T10:00:00.000Z";
const UPDATED: &str = "2026-02-11T08:15:30.120Z";

/// The answer to "who am I".
pub fn me(user: &User) -> Value {
    json!({
        "id": user.id, "updated_at": UPDATED, "created_at": CREATED, "email": user.email,
        "organization_id": user.organization.first().map(|role| &role.id), "display_name": user.display_name,
    })
}

/// An organisation, seen by one of its people.
pub fn organization(organization: &Organization, user: &User) -> Value {
    json!({
        "id": organization.id, "updated_at": UPDATED, "created_at": CREATED,
        "name": organization.name, "country": organization.country,
        "postal_code": organization.postal_code, "locality": organization.locality,
        "type": "ENTERPRISE", "state": "ACTIVE", "roles": [user.role_in(organization)],
        "my_display_name": user.display_name, "my_invited_email": user.email, "my_member_id": user.id,
    })
}

/// An ad account, seen by someone with a role on it.
pub fn ad_account(organization: &Organization, account: &AdAccount, user: &User) -> Value {
    json!({
        "id": account.id, "updated_at": UPDATED, "created_at": CREATED,
        "name": account.name, "type": "PARTNER", "status": account.status, "organization_id": organization.id,
        "currency": account.currency, "timezone": account.timezone,
        "advertiser_organization_id": organization.id, "funding_source_ids": [],
        "roles": [user.role_on(organization, account)],
    })
}

/// A pixel with the snippet to paste.
pub fn pixel(directory: &Directory, pixel: &AssetEntry, script: &str) -> Value {
    let owner = directory.owner(pixel);
    json!({
        "id": pixel.id, "updated_at": UPDATED, "created_at": CREATED,
        "name": pixel.name, "status": "ACTIVE", "effective_status": "ACTIVE",
        "ad_account_id": pixel.ad_account.map(|index| &owner.ad_account[index].id),
        "organization_id": owner.id, "pixel_javascript": snippet(&pixel.id, script),
        "visible_to": [pixel.id],
    })
}

/// A Snap app: what app events are sent to.
pub fn mobile_app(directory: &Directory, app: &AssetEntry) -> Value {
    json!({
        "id": app.id, "updated_at": UPDATED, "created_at": CREATED,
        "name": app.name, "status": "ACTIVE", "organization_id": directory.owner(app).id,
    })
}

fn snippet(pixel: &str, script: &str) -> String {
    format!(
        "<!-- Snap Pixel Code -->\n<script>\n(function(w,d,u){{if(w.snaptr)return;var s=w.snaptr=function(){{\
         s.handleRequest?s.handleRequest.apply(s,arguments):s.queue.push(arguments)}};s.queue=[];\
         var t=d.createElement('script');t.async=true;t.src=u;d.head.appendChild(t)}})(window,document,'{script}');\n\
         snaptr('init','{pixel}',{{'user_email':'__INSERT_USER_EMAIL__'}});\nsnaptr('track','PAGE_VIEW');\n</script>\n\
         <!-- End Snap Pixel Code -->"
    )
}
