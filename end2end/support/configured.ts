/** A workspace with Snapchat connected, made by `switchyard apply` instead of clicks. */
import { type World, dana } from './world.js';
import { capiToken, northwind } from './simulator.js';

export async function configured(world: World, events = '"Order Completed" = { server = true }'): Promise<void> {
  await world.apply(`
[workspace]
name = "Northwind Outdoor"

[[user]]
name = "${dana.name}"
email = "${dana.email}"
password = "${dana.password}"
role = "admin"

[[source]]
name = "Web shop"
write_key = "wk_northwind_web"
default_country = "US"

[[destination]]
type = "snapchat"
name = "Snapchat US"
enabled = true
business_id = "${northwind.businessId}"
ad_account_id = "${northwind.adAccountId}"
pixel_id = "${northwind.pixelId}"
capi_token = "${capiToken}"
send_server_side = true

[destination.events]
${events}
`);
}
