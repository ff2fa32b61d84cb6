//! Event names, action sources and currencies.

/// The 31 standard events.
pub const EVENTS: [&str; 31] = [
    "PAGE_VIEW",
    "VIEW_CONTENT",
    "ADD_CART",
    "ADD_TO_WISHLIST",
    "ADD_BILLING",
    "START_CHECKOUT",
    "PURCHASE",
    "SIGN_UP",
    "SEARCH",
    "LIST_VIEW",
    "SAVE",
    "SUBSCRIBE",
    "AD_CLICK",
    "AD_VIEW",
    "COMPLETE_TUTORIAL",
    "LEVEL_COMPLETE",
    "INVITE",
    "LOGIN",
    "SHARE",
    "RESERVE",
    "ACHIEVEMENT_UNLOCKED",
    "SPENT_CREDITS",
    "RATE",
    "START_TRIAL",
    "APP_INSTALL",
    "APP_OPEN",
    "CUSTOM_EVENT_1",
    "CUSTOM_EVENT_2",
    "CUSTOM_EVENT_3",
    "CUSTOM_EVENT_4",
    "CUSTOM_EVENT_5",
];

/// The standard spelling of an event name; `Purchase` is read as `PURCHASE`.
pub fn event(name: &str) -> Option<&'static str> {
    EVENTS.into_iter().find(|known| known.eq_ignore_ascii_case(name))
}

/// Where something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ActionSource {
    Web,
    MobileApp,
    Offline,
}

impl ActionSource {
    /// Reads the canonical names in any case, and their aliases.
    pub fn parse(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "web" | "website" => Some(Self::Web),
            "mobile_app" | "app" => Some(Self::MobileApp),
            "offline" | "physical_store" | "phone_call" | "email" | "chat" | "system_generated" | "other" => {
                Some(Self::Offline)
            }
            _ => None,
        }
    }

    /// The canonical name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Web => "WEB",
            Self::MobileApp => "MOBILE_APP",
            Self::Offline => "OFFLINE",
        }
    }
}

/// ISO 4217, the codes in use.
const CURRENCIES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD \
    CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL \
    HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA \
    MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF \
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES \
    VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// Whether this is a currency code, in upper case.
pub fn is_currency(code: &str) -> bool {
    code.len() == 3 && CURRENCIES.split_ascii_whitespace().any(|known| known == code)
}
