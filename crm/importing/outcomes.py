"""What each system's activity was: an interaction of ours with its outcome, a note, a task, or nothing.

The rule behind the table (printed in docs/import.md): only what surely reached the client becomes attention. What is
not known to have reached them is kept as a note, which counts as nothing.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from crm.importing.folding import fold, fold_header


class Becomes(StrEnum):
    """What a row of activities turns into."""

    INTERACTION = "interaction"
    NOTE = "note"
    TASK = "task"
    REJECTED = "rejected"


class Act(StrEnum):
    """What kind of activity a row says it is."""

    CALL = "call"
    VISIT = "visit"
    VIDEO = "video"
    CHAT = "chat"
    EMAIL = "email"
    LETTER = "letter"
    NOTE = "note"
    TASK = "task"


class Ended(StrEnum):
    """How it ended, across all systems; the last four never become an interaction."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    LEFT_MESSAGE = "left_message"
    WRONG_NUMBER = "wrong_number"
    BOUNCED = "bounced"
    NO_SHOW = "no_show"
    SENT = "sent"
    MISSED = "missed"
    PLANNED = "planned"
    MOVED = "moved"
    CANCELLED = "cancelled"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a row becomes; ``channel``, ``direction`` and ``outcome`` are filled for interactions only."""

    becomes: Becomes
    channel: str = ""
    direction: str = ""
    outcome: str = ""
    done: bool = False
    why: str = ""


# Words and phrases, folded, in English, Spanish, French, German, Portuguese, Italian and Japanese. A phrase is found
# as a whole value or inside one; longer phrases are tried first.
_ACTS: dict[Act, str] = {
    Act.CALL: "call|phone call|logged call|phone|telephone|telephone call|llamada|llamada telefonica|llamar|telefono|"
    "telefonico|telefonica|appel|appel telephonique|anruf|telefonat|ligacao|chamada|telefonema|chiamata|telefonata|"
    "inbound call|outbound call|cold call|tel|電話|架電|入電|通話",
    Act.VISIT: "meeting|visit|visita|reunion|event|appointment|cita|rendez vous|rdv|visite|besuch|treffen|termin|"
    "reuniao|incontro|riunione|appuntamento|in person|presencial|face to face|lunch|almuerzo|comida|dejeuner|demo|"
    "site visit|entrevista|訪問|来社|来店|面談|会議|打ち合わせ|商談|entretien|meeting in person",
    Act.VIDEO: "video|video call|videollamada|videoconferencia|video conference|visio|visioconference|videokonferenz|"
    "zoom|teams|google meet|skype|web meeting|online meeting|reunion online|webinar|videochamada|videochiamata|"
    "virtual meeting|ビデオ会議|オンライン|web会議",
    Act.CHAT: "chat|whatsapp|sms|text message|texto|mensaje|message|linkedin message|linkedin|telegram|slack|"
    "facebook|instagram|mensagem|messaggio|nachricht|text|live chat|wechat|line|チャット|ライン",
    Act.EMAIL: "email|e mail|mail|correo|correo electronico|courriel|e mail sent|email sent|incoming email|"
    "forwarded email|send email|email tracked|list email|correo enviado|メール|電子メール",
    Act.LETTER: "letter|postal mail|postal|carta|lettre|brief|courrier|post|fax|lettera|手紙|書面|郵便",
    Act.NOTE: "note|notes|nota|comment|comentario|comentario interno|notiz|remarque|memo|メモ|observacion|annotation",
    Act.TASK: "task|tarea|to do|todo|tache|aufgabe|tarefa|attivita|follow up task|reminder|recordatorio|pendiente|"
    "deadline|prep|preparation|タスク|seguimiento|por hacer|actividad pendiente",
}

_ENDS: dict[Ended, str] = {
    Ended.REACHED: "connected|contacted|reached|answered|spoke|spoken|talked|interested|not interested|completed call|"
    "held|completed|attended|met|took place|done|successful|success|conversation|had conversation|demo given|"
    "contesta|contesto|contestada|contestado|atendida|atendido|atendio|responde|respondio|respondida|respondido|"
    "contactado|contactada|localizado|hablado|hable|hablamos|conversado|conectado|conectada|realizada|realizado|"
    "celebrada|celebrado|completada|completado|efectuada|asistio|exito|exitosa|exitoso|hecha|hecho|interesado|"
    "no interesado|logrado|effectif|effectue|effectuee|joint|repondu|a repondu|abouti|realise|realisee|tenue|reussi|"
    "contacte|honore|erreicht|gesprochen|stattgefunden|erledigt|erfolgreich|atendeu|falou|contatado|realizada|risposto|"
    "raggiunto|effettuata|replied|got reply|yes|si|oui|ja|sim|closed won|positive|positivo|sale|converted|"
    "通話|応答|応答あり|対応済|完了|面談済|済|つながった|会えた",
    Ended.NO_ANSWER: "no answer|not answered|unanswered|did not answer|no response|no pick up|no pickup|busy|"
    "line busy|not reached|unreachable|attempted|attempt|unable to contact|not available|unavailable|not in|"
    "no contact|na|n a|no contesta|no contesto|no contestan|sin respuesta|no responde|no respondio|no atendio|no atiende|"
    "ocupado|comunica|comunicando|no localizado|no disponible|ausente|apagado|fuera de cobertura|no coge|no cogio|"
    "no contestada|no contestado|no esta|sin contacto|intento|intento fallido|fallida|fallido|failed|pas de reponse|"
    "sans reponse|injoignable|absent|occupe|ne repond pas|non joint|keine antwort|nicht erreicht|besetzt|"
    "nicht erreichbar|abwesend|nao atendeu|nao atende|sem resposta|nao responde|indisponivel|nessuna risposta|non risponde|"
    "non ha risposto|occupato|assente|irraggiungibile|gatekeeper|no|non|nein|nao|不在|応答なし|話中|不通|留守|出ず",
    Ended.LEFT_MESSAGE: "left voicemail|left message|voicemail|left live message|left voice mail|voice mail|vm|lm|"
    "lvm|left vm|message left|answering machine|machine|buzon|buzon de voz|dejo mensaje|deje mensaje|mensaje dejado|"
    "mensaje en buzon|contestador|contestador automatico|recado|se dejo recado|se deja mensaje|se dejo mensaje|"
    "messagerie|message laisse|repondeur|a laisse un message|laisse message|mailbox|nachricht hinterlassen|"
    "anrufbeantworter|caixa postal|deixou recado|deixou mensagem|recado deixado|segreteria|messaggio lasciato|"
    "留守電|伝言|留守番電話|留守電に伝言",
    Ended.WRONG_NUMBER: "wrong number|bad number|invalid number|number not in service|disconnected|not in service|"
    "numero equivocado|numero erroneo|numero incorrecto|equivocado|telefono erroneo|telefono incorrecto|no existe|"
    "numero no existe|faux numero|mauvais numero|numero errone|falsche nummer|numero errado|numero sbagliato|"
    "間違い電話|番号違い|欠番",
    Ended.BOUNCED: "bounced|bounce|undelivered|not delivered|delivery failed|hard bounce|soft bounce|rebotado|rebote|"
    "devuelto|devuelta|no entregado|non distribue|rejete|unzustellbar|devolvido|respinto|不達",
    Ended.NO_SHOW: "no show|noshow|did not attend|no asistio|no se presento|no vino|plantón|planton|no acudio|absent au rdv|"
    "client absent|pas venu|nicht erschienen|nao compareceu|non presentato|来ず|無断キャンセル|no presentado",
    Ended.SENT: "sent|awaiting reply|awaiting response|delivered|opened|clicked|pending reply|enviado|enviada|"
    "esperando respuesta|a la espera|pendiente de respuesta|entregado|envoye|en attente de reponse|gesendet|"
    "enviado aguardando|inviato|送信済|返信待ち|unread|read",
    Ended.MISSED: "missed|missed call|perdida|llamada perdida|appel manque|manque|verpasst|perdida nao atendida|"
    "chamada perdida|persa|chiamata persa|不在着信",
    Ended.PLANNED: "to do|todo|not done|no realizada|sin realizar|scheduled|planned|not started|in progress|waiting|open|upcoming|pending|deferred|new|"
    "waiting on someone else|not held|programada|programado|planificada|planificado|planeado|planeada|pendiente|"
    "en curso|en espera|agendada|agendado|abierta|abierto|por realizar|prevu|prevue|planifie|planifiee|a faire|geplant|"
    "offen|agendado|pianificato|in corso|overdue|vencida|today|hoy|予定|未完了|未対応|call back|callback|call back later|"
    "volver a llamar|llamar mas tarde|rappeler|a rappeler|wiedervorlage",
    Ended.MOVED: "rescheduled|postponed|reprogramada|reprogramado|aplazada|aplazado|pospuesta|pospuesto|reagendada|"
    "reagendado|reporte|reportee|verschoben|adiada|adiado|remarcada|rinviato|rinviata|延期|日程変更",
    Ended.CANCELLED: "cancelled|canceled|cancelada|cancelado|anulada|anulado|annule|annulee|abgesagt|annullato|"
    "annullata|suspendida|キャンセル|中止|取消",
    Ended.DONE: "closed|cerrada|cerrado|finished|finalizada|finalizado|terminada|terminado|termine|terminee|"
    "abgeschlossen|concluida|concluido|chiuso|resolved|solved",
}

_IN = (
    "inbound|incoming|in|received|entrante|recibida|recibido|entrada|entrant|recu|eingehend|recebida|in entrata|"
    "from customer|del cliente|from client|着信|受信|inbound call|incoming email|incoming call|entrant"
)
_OUT = (
    "outbound|outgoing|out|sent|saliente|realizada|enviada|enviado|salida|sortant|emis|ausgehend|efetuada|in uscita|"
    "to customer|al cliente|internal|発信|送信|outbound call|outgoing email|email sent"
)


def _phrases(table: dict[Act, str] | dict[Ended, str]) -> dict[str, str]:
    return {phrase: key for key, words in table.items() for phrase in words.split("|")}


_ACT_OF = _phrases(_ACTS)
_END_OF = _phrases(_ENDS)
_WAY_OF = {**dict.fromkeys(_IN.split("|"), "in"), **dict.fromkeys(_OUT.split("|"), "out")}
# Too short or too common to mean anything inside a longer value.
_WHOLE_ONLY = frozenset(
    "in|out|no|si|yes|oui|ja|sim|na|n a|non|nein|nao|line|post|text|read|new|open|met|tel|vm|lm|event|done|today|hoy|"
    "mail|persa|texto|message|mensaje|sale|tenue|demo|prep|machine|salida|entrada|済|held".split("|")
)


@lru_cache(maxsize=8192)
def read_act(text: str) -> Act | None:
    """The kind of activity that a type such as ``"Llamada saliente"`` names, or None."""
    found = _find(text, _ACT_OF)
    return Act(found) if found else None


@lru_cache(maxsize=8192)
def read_end(text: str) -> Ended | None:
    """How it ended, from an outcome or status such as ``"Left voicemail"``, or None when it is not understood."""
    found = _find(text, _END_OF)
    return Ended(found) if found else None


@lru_cache(maxsize=8192)
def read_way(text: str) -> str:
    """``"in"`` or ``"out"`` where the words say so, else an empty string."""
    return _find(text, _WAY_OF) or ""


def _find(text: str, table: dict[str, str]) -> str | None:
    value = fold(text)
    if not value:
        return None
    if value in table:
        return table[value]
    if (apart := fold_header(text)) in table:
        return table[apart]
    padded = f" {value} "
    best = ""
    for phrase in table:
        if len(phrase) > len(best) and phrase not in _WHOLE_ONLY:
            inside = f" {phrase} " in padded if phrase.isascii() else phrase in value
            if inside:
                best = phrase
    return table[best] if best else None


_MERELY_DONE = frozenset(
    "completed|complete|done|closed|completada|completado|realizada|realizado|finalizada|finalizado|hecha|hecho|terminada|"
    "terminado|cerrada|cerrado|efectuada|efectuado|effectue|effectuee|fait|termine|terminee|erledigt|abgeschlossen|concluida|"
    "concluido|完了|対応済|済|yes|si|true|1|oui|ja|sim|x".split("|")
)
_NOT_DONE = frozenset("no|false|0|non|nein|nao".split("|"))


def read_status(text: str, act: Act | None) -> Ended | None:
    """As ``read_end`` for a column of states: that a call is "completed" does not say that anybody answered."""
    value = fold_header(text)
    if value in _NOT_DONE:
        return Ended.PLANNED
    if value not in _MERELY_DONE:
        return read_end(text)
    if act in (Act.VISIT, Act.VIDEO):
        return Ended.REACHED
    return Ended.DONE


_PLACE_IS_VIDEO = ("zoom", "teams", "meet.google", "google meet", "skype", "webex", "videollamada", "video call")


def understand(
    *,
    act: Act | None,
    ended: Ended | None,
    way: str,
    said: str,
    words: str = "",
    without_outcome: str = "note",
    open_step: bool = False,
) -> Meaning:
    """What a row becomes.

    ``said`` is the outcome as written (empty: none was), ``words`` its subject and place. ``without_outcome`` is
    "note" or "reached": what the person who imports decided for calls and meetings about which nothing is said.
    ``open_step`` says that a planned one is marked as still to be done.
    """
    if act is Act.NOTE:
        return Meaning(Becomes.NOTE)
    if act is Act.TASK:
        return Meaning(Becomes.TASK, done=ended in (Ended.REACHED, Ended.DONE))
    if ended is Ended.MOVED or ended is Ended.CANCELLED:
        return Meaning(Becomes.NOTE, why=ended.value)
    if ended is Ended.PLANNED:
        # Of an old meeting that is still "scheduled" nobody knows whether it took place; a "not started" is to be done.
        return Meaning(Becomes.TASK) if open_step else Meaning(Becomes.NOTE, why="planned")
    if act is None:
        return Meaning(Becomes.NOTE, why="unknown type")
    channel = _channel(act, words)
    if channel in (Act.EMAIL, Act.CHAT, Act.LETTER):
        return _written(channel, ended, way)
    return _spoken(channel, ended, way, said, without_outcome)


def _channel(act: Act, words: str) -> Act:
    if act is Act.VISIT and any(place in words.lower() for place in _PLACE_IS_VIDEO):
        return Act.VIDEO
    return act


def _written(channel: Act, ended: Ended | None, way: str) -> Meaning:
    """Sent by us: an attempt until they reply. From them: unanswered, unless the export says that it was answered."""
    if way == "in" or ended is Ended.MISSED:
        outcome = "answered" if ended is Ended.REACHED else "unanswered"
        return Meaning(Becomes.INTERACTION, channel.value, "in", outcome)
    if ended in (Ended.BOUNCED, Ended.WRONG_NUMBER):
        return Meaning(Becomes.INTERACTION, channel.value, "out", "bounced")
    if ended is Ended.NO_ANSWER:
        return Meaning(Becomes.INTERACTION, channel.value, "out", "no_answer")
    return Meaning(Becomes.INTERACTION, channel.value, "out", "awaiting")


_SPOKEN_OUT = {
    Ended.REACHED: "reached",
    Ended.NO_ANSWER: "no_answer",
    Ended.LEFT_MESSAGE: "left_message",
    Ended.WRONG_NUMBER: "wrong_number",
    Ended.BOUNCED: "wrong_number",
    Ended.NO_SHOW: "cancelled",
}
_SPOKEN_IN = {
    Ended.REACHED: "answered",
    Ended.MISSED: "missed",
    Ended.NO_ANSWER: "missed",
    Ended.LEFT_MESSAGE: "message_for_us",
}


def _spoken(channel: Act, ended: Ended | None, way: str, said: str, without_outcome: str) -> Meaning:
    if not said and without_outcome == "reached":
        ended = Ended.REACHED
    direction = "in" if way == "in" or ended is Ended.MISSED else "out"
    outcome = (_SPOKEN_IN if direction == "in" else _SPOKEN_OUT).get(ended) if ended else None
    if outcome is None:
        return Meaning(Becomes.NOTE, why="unknown outcome" if said else "no outcome")
    return Meaning(Becomes.INTERACTION, channel.value, direction, outcome)
