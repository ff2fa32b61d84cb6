//! The countries of ISO 3166-1 by their English names.

/// Code and name, one a line, in the order of the names.
const LIST: &str = "\
AF Afghanistan\n\
AX Åland Islands\n\
AL Albania\n\
DZ Algeria\n\
AS American Samoa\n\
AD Andorra\n\
AO Angola\n\
AI Anguilla\n\
AQ Antarctica\n\
AG Antigua & Barbuda\n\
AR Argentina\n\
AM Armenia\n\
AW Aruba\n\
AU Australia\n\
AT Austria\n\
AZ Azerbaijan\n\
BS Bahamas\n\
BH Bahrain\n\
BD Bangladesh\n\
BB Barbados\n\
BY Belarus\n\
BE Belgium\n\
BZ Belize\n\
BJ Benin\n\
BM Bermuda\n\
BT Bhutan\n\
BO Bolivia\n\
BA Bosnia & Herzegovina\n\
BW Botswana\n\
BV Bouvet Island\n\
BR Brazil\n\
IO British Indian Ocean Territory\n\
VG British Virgin Islands\n\
BN Brunei\n\
BG Bulgaria\n\
BF Burkina Faso\n\
BI Burundi\n\
KH Cambodia\n\
CM Cameroon\n\
CA Canada\n\
CV Cape Verde\n\
BQ Caribbean Netherlands\n\
KY Cayman Islands\n\
CF Central African Republic\n\
TD Chad\n\
CL Chile\n\
CN China\n\
CX Christmas Island\n\
CC Cocos (Keeling) Islands\n\
CO Colombia\n\
KM Comoros\n\
CG Congo - Brazzaville\n\
CD Congo - Kinshasa\n\
CK Cook Islands\n\
CR Costa Rica\n\
CI Côte d’Ivoire\n\
HR Croatia\n\
CU Cuba\n\
CW Curaçao\n\
CY Cyprus\n\
CZ Czechia\n\
DK Denmark\n\
DJ Djibouti\n\
DM Dominica\n\
DO Dominican Republic\n\
EC Ecuador\n\
EG Egypt\n\
SV El Salvador\n\
GQ Equatorial Guinea\n\
ER Eritrea\n\
EE Estonia\n\
SZ Eswatini\n\
ET Ethiopia\n\
FK Falkland Islands\n\
FO Faroe Islands\n\
FJ Fiji\n\
FI Finland\n\
FR France\n\
GF French Guiana\n\
PF French Polynesia\n\
TF French Southern Territories\n\
GA Gabon\n\
GM Gambia\n\
GE Georgia\n\
DE Germany\n\
GH Ghana\n\
GI Gibraltar\n\
GR Greece\n\
GL Greenland\n\
GD Grenada\n\
GP Guadeloupe\n\
GU Guam\n\
GT Guatemala\n\
GG Guernsey\n\
GN Guinea\n\
GW Guinea-Bissau\n\
GY Guyana\n\
HT Haiti\n\
HM Heard & McDonald Islands\n\
HN Honduras\n\
HK Hong Kong SAR China\n\
HU Hungary\n\
IS Iceland\n\
IN India\n\
ID Indonesia\n\
IR Iran\n\
IQ Iraq\n\
IE Ireland\n\
IM Isle of Man\n\
IL Israel\n\
IT Italy\n\
JM Jamaica\n\
JP Japan\n\
JE Jersey\n\
JO Jordan\n\
KZ Kazakhstan\n\
KE Kenya\n\
KI Kiribati\n\
KW Kuwait\n\
KG Kyrgyzstan\n\
LA Laos\n\
LV Latvia\n\
LB Lebanon\n\
LS Lesotho\n\
LR Liberia\n\
LY Libya\n\
LI Liechtenstein\n\
LT Lithuania\n\
LU Luxembourg\n\
MO Macao SAR China\n\
MG Madagascar\n\
MW Malawi\n\
MY Malaysia\n\
MV Maldives\n\
ML Mali\n\
MT Malta\n\
MH Marshall Islands\n\
MQ Martinique\n\
MR Mauritania\n\
MU Mauritius\n\
YT Mayotte\n\
MX Mexico\n\
FM Micronesia\n\
MD Moldova\n\
MC Monaco\n\
MN Mongolia\n\
ME Montenegro\n\
MS Montserrat\n\
MA Morocco\n\
MZ Mozambique\n\
MM Myanmar (Burma)\n\
NA Namibia\n\
NR Nauru\n\
NP Nepal\n\
NL Netherlands\n\
NC New Caledonia\n\
NZ New Zealand\n\
NI Nicaragua\n\
NE Niger\n\
NG Nigeria\n\
NU Niue\n\
NF Norfolk Island\n\
KP North Korea\n\
MK North Macedonia\n\
MP Northern Mariana Islands\n\
NO Norway\n\
OM Oman\n\
PK Pakistan\n\
PW Palau\n\
PS Palestinian Territories\n\
PA Panama\n\
PG Papua New Guinea\n\
PY Paraguay\n\
PE Peru\n\
PH Philippines\n\
PN Pitcairn Islands\n\
PL Poland\n\
PT Portugal\n\
PR Puerto Rico\n\
QA Qatar\n\
RE Réunion\n\
RO Romania\n\
RU Russia\n\
RW Rwanda\n\
WS Samoa\n\
SM San Marino\n\
ST São Tomé & Príncipe\n\
SA Saudi Arabia\n\
SN Senegal\n\
RS Serbia\n\
SC Seychelles\n\
SL Sierra Leone\n\
SG Singapore\n\
SX Sint Maarten\n\
SK Slovakia\n\
SI Slovenia\n\
SB Solomon Islands\n\
SO Somalia\n\
ZA South Africa\n\
GS South Georgia & South Sandwich Islands\n\
KR South Korea\n\
SS South Sudan\n\
ES Spain\n\
LK Sri Lanka\n\
BL St Barthélemy\n\
SH St Helena\n\
KN St Kitts & Nevis\n\
LC St Lucia\n\
MF St Martin\n\
PM St Pierre & Miquelon\n\
VC St Vincent & the Grenadines\n\
SD Sudan\n\
SR Suriname\n\
SJ Svalbard & Jan Mayen\n\
SE Sweden\n\
CH Switzerland\n\
SY Syria\n\
TW Taiwan\n\
TJ Tajikistan\n\
TZ Tanzania\n\
TH Thailand\n\
TL Timor-Leste\n\
TG Togo\n\
TK Tokelau\n\
TO Tonga\n\
TT Trinidad & Tobago\n\
TN Tunisia\n\
TR Türkiye\n\
TM Turkmenistan\n\
TC Turks & Caicos Islands\n\
TV Tuvalu\n\
UG Uganda\n\
UA Ukraine\n\
AE United Arab Emirates\n\
GB United Kingdom\n\
US United States\n\
UY Uruguay\n\
UM US Outlying Islands\n\
VI US Virgin Islands\n\
UZ Uzbekistan\n\
VU Vanuatu\n\
VA Vatican City\n\
VE Venezuela\n\
VN Vietnam\n\
WF Wallis & Futuna\n\
EH Western Sahara\n\
YE Yemen\n\
ZM Zambia\n\
ZW Zimbabwe";

/// The choices of a default country, led by none.
pub fn country_options() -> Vec<(String, String)> {
    let countries = LIST.lines().filter_map(|line| line.split_once(' '));
    std::iter::once(("", "No default"))
        .chain(countries)
        .map(|(code, name)| (code.to_owned(), name.to_owned()))
        .collect()
}

/// The name of a country.
pub fn country_name(code: &str) -> Option<&'static str> {
    LIST.lines().filter_map(|line| line.split_once(' ')).find(|(known, _)| *known == code).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_country() {
        let options = country_options();
        assert_eq!(options.len(), 249 + 1);
        assert!(options.iter().skip(1).all(|(code, name)| code.len() == 2 && !name.is_empty()));
        assert_eq!(country_name("DE"), Some("Germany"));
        assert_eq!(country_name("XX"), None);
    }
}
