"""What other systems and people call their columns, in several languages, and how well a heading fits a field of ours.

Words are folded (lower case, no accents, camelCase apart). A heading equal to a listed one fits wholly; one that
contains it, or differs by a letter or two, fits less.
"""

from functools import lru_cache

from rapidfuzz import fuzz

from crm.importing.fields import FIELDS, Kind

_EMAIL = (
    "email|e mail|mail|email address|e mail address|correo|correo electronico|direccion de correo|correo e|courriel|"
    "adresse email|adresse mail|e mail 1 value|e mail adresse|email 1|email personal|email work|work email|"
    "primary email|e mail professionnel|emails|dirección de correo electrónico|メール|メールアドレス|eメール|posta elettronica|"
    "direccion de correo electronico|adresse electronique|mel|endereco de email|indirizzo email|correo 1|correos|mail pro|eml|email addr|email addr 1|e mail addr"
)
_PHONE = (
    "phone|phone number|telephone|tel|telefono|tlf|tfno|telf|mobile|mobile phone|mobile phone number|movil|celular|cel|"
    "telefono movil|telefono fijo|telefono 1|telefono 2|telefono celular|tel movil|business phone|home phone|work phone|"
    "phone 1 value|phone 2 value|phone 3 value|primary phone|telephone number|n telephone|telefon|telefonnummer|handy|"
    "mobil|portable|tel portable|tel fixe|gsm|whatsapp|fijo|company main phone|other phone|assistant phone|"
    "telefone|celular 1|numero de telefono|contact number|cell|cell phone|cellulare|電話|電話番号|携帯|携帯電話|携帯番号|"
    "phone work|phone mobile|phone home|telephone 1|mobile number|phone 1|n de telefono|nro telefono|business phone 2|"
    "home phone 2|phone no|fixe|ph|ph no|mob|mob no|tel no|tel nr|rufnummer|tel num|fono|fono 1|cell number|contact no|n de tel|num tel|nro de telefono|numero telefonico|no de tel"
)
_FIRST = (
    "first name|given name|firstname|nombre|prenom|vorname|nombre de pila|primer nombre|nombres|forename|nome|名|"
    "contact first name|pila"
)
_LAST = (
    "last name|surname|family name|lastname|apellido|apellidos|nom de famille|nachname|familienname|sobrenome|cognome|姓|"
    "primer apellido|apellido 1|apellidos del contacto|contact last name|nom"
)
_COMPANY = (
    "company|company name|account name|account|organization|organisation|organization name|organization 1 name|empresa|"
    "nombre de la empresa|nombre empresa|compania|razon social|sociedad|entreprise|societe|comp|comp nm|org|org name|co name|cuenta cliente|raison sociale|firma|firmenname|"
    "unternehmen|azienda|business name|associated company|client company|related company|会社|会社名|企業名|"
    "nombre comercial|company account|cuenta|nombre de la cuenta|organizacion|related company name|company or organization|"
    "organizacion 1 nombre|nombre de compania|denominacion|nombre fiscal|etablissement|cliente empresa|負責|顧客名|取引先|得意先"
)
_CLIENT = "cust nm|cust name|cust|client nm|client|cliente|customer|customer name|client name|nombre del cliente|nombre cliente|kunde|kundenname|nom du client"
_ANY_ID = "id|record id|external id|id externo|identificador|identifiant|uuid|object id|system id|記録id|external identifier|identificacion externa"
_NUMBERED = "codigo|cod|code|referencia|ref|番号|no|n|nr|num"
_ID = (
    f"{_ANY_ID}|customer id|account id|company id|client id|codigo cliente|cod cliente|numero cliente|n cliente|num cliente|"
    f"kundennummer|codigo de cliente|顧客番号|customerid|id cliente|organization id|kd nr|kundennr|cust id|cust no|customer number|"
    f"account number|numero de cliente|code client|{_NUMBERED}|contact id|id contacto|lead id|person id"
)
_PERSON_ID = f"{_ANY_ID}|contact id|id contacto|lead id|person id|id persona|contact record id|{_NUMBERED}"
_ACTIVITY_ID = (
    f"{_ANY_ID}|activity id|task id|engagement id|interaction id|id interaccion|id gestion|ticket id|call id|event id|case id|"
    f"id llamada|id actividad|ticket|{_NUMBERED}"
)
_OWNER = (
    "owner|contact owner|company owner|account owner|account manager|owner id|owner email|assigned to|assigned user|comercial|"
    "responsable|propietario|asesor|gestor|ejecutivo|vendedor|agente|salesperson|sales rep|sales owner|user id|"
    "propietario del contacto|propietario de la empresa|responsable commercial|commercial|betreuer|verantwortlich|"
    "agent|encargado|ejecutivo de cuenta|assigned|owned by|担当|担当者|営業担当|atendido por|usuario|realizado por|advisor|"
    "record owner|owner name|consultant|activity owner|activity assigned to|deal owner|conseiller|asignado a|hecho por|"
    "rep|logged by|created by user|staff|por|interlocutor interno|gestor comercial|asesor comercial|lead owner|user"
)
_CITY = "city|ciudad|ville|stadt|localidad|poblacion|municipio|billing city|mailing city|business city|town|address 1 city|home city|市"
_COUNTRY = (
    "country|pais|pays|land|billing country|mailing country|country region|business country region|address 1 country|国|"
    "country code|codigo de pais"
)
_NOTE = (
    "notes|note|description|comments|comment|notas|nota|descripcion|observaciones|comentarios|comentario|remarques|"
    "remarque|bemerkung|bemerkungen|notizen|about|background|observacion|background info|備考|メモ|notas internas|apuntes|anotaciones"
)
_LANGUAGE = "language|idioma|langue|sprache|preferred language|locale|言語"
_BIRTHDAY = "birthday|birthdate|date of birth|cumpleanos|fecha de nacimiento|nacimiento|date de naissance|geburtstag|f nacimiento|f nac|fec nac|nac|nasc|dob|geb|data de nascimento|data di nascita|birth|生年月日|naissance|birth date|born"
_SINCE = (
    "client since|customer since|cliente desde|fecha de alta|fecha alta|alta|f alta|customer start date|start date|client depuis|"
    "kunde seit|since|desde|date d entree|fecha de inicio|became a customer date|fecha ingreso|登録日|alta cliente|cadastro|data de cadastro|ingreso|joined|sign up date|signup date|registered|registration date|onboarded|inicio|date inscription"
)
_LAST_CONTACT = (
    "last contact|last contacted|last contact date|last contacted date|ultimo contacto|fecha ultimo contacto|dernier contact|"
    "letzter kontakt|last talked|last spoke|ultima llamada|ultima visita|last call|last touch|最終連絡日|"
    "fecha de ultimo contacto|last interaction|date dernier contact|last seen|ultima gestion"
)
_SOURCE = (
    "source|lead source|account source|origen|origen del contacto|procedencia|original source|canal de entrada|"
    "como nos conocio|how they came|herkunft|medio|fuente|lead source type|provenance"
)
_ROLE = "job title|title|role|cargo|puesto|position|funcion|fonction|poste|job position|puesto de trabajo|organization 1 title|stelle|役職|job|rol"

_SHARED_CUSTOMER = {
    "email": _EMAIL,
    "phone": _PHONE,
    "role": _ROLE,
    "city": _CITY,
    "country": _COUNTRY,
    "owner": _OWNER,
    "note": _NOTE,
    "language": _LANGUAGE,
    "birthday": _BIRTHDAY,
    "client_since": _SINCE,
    "last_contact": _LAST_CONTACT,
    "source": _SOURCE,
    "external_id": _ID,
    "website": "website|web|web page|website url|url|sitio web|pagina web|site web|webseite|sitio|website 1 value|homepage|web site|"
    "internetseite",
}

HEADINGS: dict[Kind, dict[str, str]] = {
    Kind.CUSTOMERS: _SHARED_CUSTOMER
    | {
        "name": f"name|nombre|display name|full name|nombre completo|nom|nombre mostrado|氏名|名前|{_COMPANY}|{_CLIENT}",
        "first_name": _FIRST.replace("|nombre|", "|"),
        "last_name": _LAST.replace("|nom", ""),
        "person": "contact person|contact|contacto|persona de contacto|nombre contacto|primary contact|contact name|contacto principal|"
        "nombre del contacto|interlocuteur|ansprechpartner|attn|a la atencion de|担当者名|persona|contact principal|main contact|"
        "decision maker|interlocutor",
        "domain": "company domain name|domain|dominio|company domain|email domain|dominio web",
        "segment": "segment|segmento|category|categoria|tier|tipo de cliente|customer type|rating|clase|nivel|categorie|customer segment|"
        "clasificacion|abc|account tier|client type|type de client|grupo",
        "renewal_on": "renewal date|renewal|fecha de renovacion|renovacion|vencimiento|fecha vencimiento|contract end|contract end date|"
        "fin de contrato|renews on|date de renouvellement|echeance|expiry date|vertragsende|expiration date|policy expiry|"
        "vencimiento poliza|next renewal|contract renewal date",
        "annual_value": "annual value|value|valor|valor anual|facturacion|facturacion anual|"
        "contract value|arr|importe anual|importe|cuota|prima|prima anual|amount|annual premium|"
        "ventas anuales|monto anual|monto|annual contract value|total spend|ventas|honorarios|yearly fee|annual fee",
        "currency": "currency|moneda|divisa|devise|wahrung|currency code|通貨|currency iso code",
        "tags": "tags|etiquetas|labels|group membership|etiqueta|tag|groups|etiquettes|categories|schlagworte|contact tags",
        "key": "key account|key client|key|cliente clave|vip|clave|estrategico|strategic|compte cle|cliente vip",
    },
    Kind.CONTACTS: _SHARED_CUSTOMER
    | {
        "external_id": _PERSON_ID,
        "name": "name|full name|display name|contact name|nombre completo|nombre y apellidos|contacto|contact|persona|nombre mostrado|"
        "nom complet|nom et prenom|persona de contacto|nombre del contacto|vollstandiger name|氏名|名前|お名前|nome completo|"
        "apellidos y nombre|person|person name|nom prenom|ansprechpartner|contact person|nombre contacto|nome e cognome|lead name|cliente|client",
        "first_name": _FIRST,
        "last_name": _LAST,
        "addressed_as": "nickname|preferred name|apodo|known as|surnom|trato|salutation name|alias|nick name|met as|preferred first name",
        "customer_name": f"{_COMPANY}|{_CLIENT}|compania u organizacion|parent name|related company name|parent company|empresa relacionada",
        "customer_id": "account id|company id|associated company id|id empresa|organization id|customer id|codigo empresa|parent id|"
        "id cliente|codigo cliente|related company external id|associated company ids|org id|client id|company record id",
        "customer_domain": "associated company domain|company domain|company domain name|dominio empresa",
    },
    Kind.INTERACTIONS: {
        "external_id": _ACTIVITY_ID,
        "when": "activity date|call dt|dt|date|fecha|when|timestamp|datetime|date time|fecha y hora|call date|meeting date|dia|datum|jour|"
        "date de l appel|activitydate|fecha de actividad|start time|start date|fecha llamada|fecha de la llamada|fecha contacto|"
        "fecha de contacto|occurred at|date d appel|date contact|日付|日時|対応日|対応日時|start|inicio|fecha gestion|fecha de gestion|"
        "fecha inicio|started at|done at|call time|data|date of contact|date and time|completed date|fecha visita|interaction date|"
        "contact date|happened at|kontaktdatum|date heure|cuando|logged at|call start time|marked as done time|entry date|"
        "activity datetime|date rdv|fecha hora|created at|create date|fecha de creacion|created date|created time|date received|"
        "created|added|created on|date added",
        "clock": "time|hora|heure|uhrzeit|start hour|hora inicio|時刻|hour|時間|hora llamada|hora de inicio",
        "act": "activity type|type of touch|touch type|type of contact|type|tipo|channel|canal|interaction type|engagement type|task subtype|tipo de actividad|activity|actividad|"
        "medium|medio|tipo de contacto|via|contact type|contact method|type d activite|kontaktart|art|種別|対応種別|方法|"
        "tipo gestion|tipo de gestion|method|form of contact|mode|type contact|received via|submitted via|category|forma de contacto|how|"
        "nature|entry type|communication type|type d echange|moyen|canal de contacto|channel type|kind",
        "way": "direction|call direction|direccion|sentido|call type|sens|richtung|in out|inbound outbound|entrante saliente|"
        "方向|entrada salida|tipo de llamada|sens de l appel|call direction type",
        "outcome": "outcome|rslt|rslt cd|result code|how did it go|como fue|que tal fue|como ha ido|call outcome|meeting outcome|result|resultado|call result|disposition|call disposition|status|task status|"
        "estado|resultado de la llamada|resultat|ergebnis|outcome type|resultado llamada|resultado gestion|resultado de la gestion|"
        "結果|対応結果|estatus|statut|issue|esito|what happened|response|respuesta|conclusion|situacion|resultado contacto|desenlace|"
        "call status|activity status|completed|done|etat|que paso|contesto|answered|reached|result of call|suite|meeting status|状況|stage",
        "minutes": "minutes|duration|duracion|duration minutes|minutos|duree|dauer|duration min|duracion min|length|mins|所要時間|"
        "duree min|duracion minutos|call duration|time spent",
        "seconds": "call duration in seconds|duration seconds|call duration seconds|duracion segundos|talk time seconds|sec|secs|seg|duracion seg|call duration s|segundos",
        "subject": "subject|call meeting title subject|title|asunto|titulo|call title|meeting name|activity name|objet|betreff|件名|"
        "topic|tema|resumen|meeting title|name|task title|email subject|motivo|call name|call purpose|sujet",
        "summary": "notes description|notes|description|body|call notes|meeting notes|comments|notas|descripcion|comentarios|observaciones|"
        "detalle|detalles|note|details|remarques|notizen|内容|備考|対応内容|summary|comentario|full comments|text|texto|message|メモ|"
        "compte rendu|internal notes|content|que se hablo|what was said|memo|commentaire|commentaires|notes body|email body|bemerkung|nota",
        "by": _OWNER
        + "|made by|caller|llamado por|user|usuario|agent name|done by|creator|author|autor|employee|empleado|employe|par|auteur",
        "contact_email": "associated contact email|contact email|to email|email del contacto|to|recipient|para|from email|destinatario|"
        f"correo cliente|email cliente|client email|email contacto|correo contacto|{_EMAIL}",
        "contact_phone": f"contact phone|called number|numero llamado|to number|phone dialed|numero marcado|telefono cliente|dialed number|{_PHONE}",
        "contact_name": "contact|contact name|associated contact|contacto|persona de contacto|nombre contacto|nombre del contacto|persona|"
        "person|interlocuteur|ansprechpartner|full name|name of contact|who id name|spoke to|hablado con|con quien|attendee|"
        "contact person|interlocutor|対応相手|contact person name|persona contactada|lead|lead name|associated contacts|with|nombre|氏名",
        "contact_id": "who id|contact id|associated contact id|associated contact ids|id contacto|contact record id|person id|id persona",
        "customer_name": f"{_COMPANY}|{_CLIENT}|related to|what id name|associated company name|regarding|relacionado con|party",
        "customer_id": "account id|what id|company id|associated company id|associated company ids|customer id|id cliente|codigo cliente|client id|"
        "cod cliente|id empresa|organization id|n cliente|numero cliente|顧客番号|org id|kundennummer",
        "customer_domain": "associated company domain|company domain|company domain name",
        "due": "task due date|due date|fecha vencimiento|fecha limite|vence|echeance|fallig|期限|due|proxima accion fecha|next step date|"
        "next action date|fecha limite de actividad|deadline|proximo contacto|siguiente contacto|next contact",
    },
}

# A heading with one of these is about something else than the field whose word it also holds.
_NOT: dict[str, str] = {
    "email": "type label tipo etiqueta opted opt bounced status confirmed count owner propietario sent subject body domain format",
    "phone": "type label tipo etiqueta fax pager status carrier",
    "name": "contract complaint id domain file user owner phonetic yomi first last middle nick maiden prefix suffix url propietario deal ticket product manager "
    "assistant created modified spouse code",
    "first_name": "yomi phonetic last id",
    "last_name": "yomi phonetic first id modified",
    "person": "contract id owner email date type phone",
    "customer_name": "current previous former complaint response id domain size owner yomi type website phone address email street city country",
    "contact_name": "contract id email phone owner date type method status",
    "owner": "phone assigned date created modified",
    "by": "date team",
    "when": "due modified updated birth vencimiento next proxima proximo limite expected close closed end fin",
    "minutes": "seconds secs sec seg segundos ms milliseconds",
    "seconds": "ms milliseconds",
    "outcome": "date priority reason delivered",
    "act": "sub id",
    "website": "photo email",
    "annual_value": "date currency revenue ingresos employees",
    "client_since": "last modified birth",
    "external_id": "cliente client customer empresa company organization zip postal postcode country area parent owner created modified user tax fiscal photo account deal",
}
_NOT_TOKENS = {field: frozenset(words.split()) for field, words in _NOT.items()}
_NOT_TOKENS["contact_email"] = _NOT_TOKENS["email"]
_NOT_TOKENS["contact_phone"] = _NOT_TOKENS["phone"]
_WEAK = frozenset(
    "no n nr name nombre nom date fecha data type tipo id code to title via for para par por art cel ca ref how who with status".split()
)

# The earlier in its list, the more surely a heading means the field: of two that both fit, the better wins.
_LISTED: dict[Kind, dict[str, dict[str, float]]] = {
    kind: {
        field: {phrase: 1.0 - 0.15 * place / 60 for place, phrase in reversed(list(enumerate(words.split("|"))))}
        for field, words in fields.items()
    }
    for kind, fields in HEADINGS.items()
}
COMPANY_HEADINGS = frozenset(_COMPANY.split("|"))
PLAIN_NAME_HEADINGS = frozenset(
    "name|nombre|nom|full name|nombre completo|display name|nombre y apellidos|nom complet".split("|")
)
_ALL_LISTED = frozenset(
    heading for fields in _LISTED.values() for group in fields.values() for heading in group
) | frozenset(
    "street address|address|direccion|domicilio|adresse|postal code|zip code|codigo postal|cp|plz|state|state region|provincia|region|"
    "industry|sector|number of employees|empleados|lead status|lifecycle stage|create date|last modified date|priority|prioridad|gender|"
    "sexo|fax|nif|cif|dni|rfc|rut|cuit|siret|vat number|department|departamento|is company|es una empresa|住所|郵便番号|部署|"
    "amount|close date|stage|pipeline|churn|tenure|state province|ip|iban|photo|picture".split("|")
)


_ELSEWHERE = frozenset(
    "address street direccion domicilio calle postal zip cp plz provincia state region industry sector employees empleados gender sexo "
    "fax nif cif dni rfc rut cuit vat siret iban modified updated modificacion photo priority prioridad department departamento piso".split()
)


def is_known(heading: str) -> bool:
    """Whether a folded heading is one that systems and people give to columns."""
    return heading in _ALL_LISTED


def is_elsewhere(heading: str) -> bool:
    """Whether a heading names what no field of ours takes: a street, a tax number, a fax, a date of change."""
    return bool(_ELSEWHERE & set(heading.split())) or heading in ("create date", "created at", "created date", "id")


@lru_cache(maxsize=16384)
def fit(kind: Kind, field: str, heading: str) -> float:
    """How well a folded heading names ``field``, from 0 to 1."""
    listed = _LISTED[kind].get(field)
    if not heading or listed is None:
        return 0.0
    if heading in listed:
        return max(0.85, listed[heading])
    tokens = heading.split()
    if _NOT_TOKENS.get(field, frozenset()) & set(tokens):
        return 0.0
    return max(_contained(tokens, heading, listed), _nearly(heading, listed))


def _contained(tokens: list[str], heading: str, listed: dict[str, float]) -> float:
    """A listed phrase among the heading's words; the more of the heading it is, the better."""
    padded, best = f" {heading} ", 0.0
    for phrase in listed:
        if phrase in _WEAK and len(tokens) > 2:
            continue
        wide = not phrase.isascii() and len(phrase) >= 2
        if f" {phrase} " in padded or (wide and phrase in heading):
            part = len(phrase) / len(heading) if wide else len(phrase.split()) / len(tokens)
            at_edge = tokens[-1] == phrase.split()[-1] or tokens[0] == phrase.split()[0]
            best = max(best, (0.6 if phrase in _WEAK else 0.7) + 0.2 * part - (0.0 if at_edge else 0.1))
    return min(best, 0.9)


def _nearly(heading: str, listed: dict[str, float]) -> float:
    """A slip of the pen: ``"Telefno"``, ``"E-Mial"``."""
    if len(heading) < 5 or not heading.isascii():
        return 0.0
    close = max(
        (fuzz.ratio(heading, phrase) for phrase in listed if abs(len(phrase) - len(heading)) <= 2 and len(phrase) >= 5),
        default=0.0,
    )
    return 0.75 if close >= 86 else 0.0


def known_fields(kind: Kind) -> tuple[str, ...]:
    """The names that ``--map`` accepts for a kind of import."""
    return tuple(FIELDS[kind])


def denies(field: str, heading: str) -> bool:
    """Whether a heading says that the column is about something else than the field, whatever it holds."""
    return bool(_NOT_TOKENS.get(field, frozenset()) & set(heading.split()))


_STATES = frozenset("status estado estatus statut etat done completed marked 状況 stage situacion".split())


def is_status(heading: str) -> bool:
    """Whether a heading names the state of an activity (done or to do) rather than how it ended."""
    return bool(_STATES & set(heading.split())) and not {"call", "meeting", "outcome", "result"} & set(heading.split())
