"""Headings of call logs as exports and people write them, by what they mean; compared after ``columns.normal``."""

from __future__ import annotations

SAME: dict[str, str] = {
    "started_at": "started at|start|start time|starttime|starting date|calldate|call date|date|datetime|"
    "date time|"
    "date and time|call start|call time|start date|started|begin|timestamp|time start|дата|"
    "дата и время|дата время|дата звонка|"
    "время звонка|дата и время звонка|начало|начало звонка|начало разговора|время начала|дата начала|старт|"
    "дата вызова|время вызова|дата и время вызова|дата создания|дата/время|когда",
    "time": "time|время|час|clock|time of day|time of call",
    "answered_at": "answered at|answer|answer time|answered|время ответа|ответ|дата ответа",
    "ended_at": "ended at|end|end time|endtime|ended|finish|hangup time|конец|окончание|время окончания|"
    "завершение|конец звонка|"
    "окончание звонка",
    "external_id": "id|call id|callid|uniqueid|unique id|uuid|call uuid|external id|entry id|entryid|"
    "record id|ид|id звонка|"
    "ид звонка|идентификатор|идентификатор звонка|уникальный id|номер звонка|код звонка|"
    "pbx call id|call session id",
    "conversation_id": "linkedid|linked id|conversation id|conversation|session id|group id|id разговора|"
    "id сессии",
    "direction": "direction|type|call type|calltype|call direction|context type|направление|тип|"
    "тип звонка|тип вызова|"
    "направление звонка|направление вызова|вид звонка|вх/исх",
    "disposition": "disposition|status|call status|result|state|call result|статус|статус звонка|результат|"
    "состояние|"
    "результат звонка|итог звонка|статус вызова",
    "duration_s": "duration|total duration|call duration|length|duration s|duration sec|seconds|длительность|"
    "продолжительность|общая длительность|длительность звонка|длительность сек|длительность вызова|общее время|"
    "продолжительность звонка|полная длительность",
    "wait_s": "wait|waiting|wait time|waittime|wait duration|wait s|waitsec|ring time|time to answer|"
    "ожидание|время ожидания|"
    "ожидание ответа|время до ответа|длительность ожидания|дозвон",
    "talk_s": "talk|billsec|talk time|talktime|talk duration|bill sec|billing seconds|talk s|"
    "conversation time|разговор|"
    "время разговора|длительность разговора|чистое время разговора|разговор сек|продолжительность разговора",
    "customer_number": "customer number|customer phone|customer|client|client number|client phone|phone|"
    "phone number|number|"
    "contact phone|contact phone number|visitor phone|клиент|номер клиента|телефон клиента|"
    "телефон|номер телефона|номер|"
    "телефон контакта|абонент|номер абонента|контактный телефон|телефон абонента",
    "customer_name": "customer name|client name|contact|contact name|name|caller id name|имя клиента|имя|"
    "контакт|клиент имя|фио|"
    "фио клиента|имя контакта|название контакта|имя контакта и примечание",
    "source_number": "src|caller|caller number|caller id number|from|from number|source number|source|"
    "calling number|ani|"
    "откуда|кто звонил|звонящий|вызывающий|номер а|от кого|инициатор|кто|исходящий номер",
    "target_number": "dst|destination|destination number|called|called number|callee|to|to number|"
    "dialed number|dialled number|"
    "target number|куда|кому|кому звонил|вызываемый|номер б|набранный номер|назначение|входящий номер",
    "caller_id": "clid|caller id|callerid|callerid name number",
    "line_number": "line|line number|did|virtual number|virtual phone number|company number|trunk|"
    "pbx number|линия|"
    "номер линии|виртуальный номер|номер компании|внешняя линия|городской номер|транк|"
    "внешний номер|номер акции",
    "extension": "extension|ext|internal number|inner number|employee number|agent number|operator number|"
    "внутренний номер|"
    "внутренний|добавочный|добавочный номер|вн номер|номер сотрудника|номер оператора|доб|номер менеджера",
    "manager_name": "manager|manager name|agent|agent name|employee|employee name|employee fio|operator|"
    "operator name|"
    "responsible|user|seller|connected with|менеджер|сотрудник|оператор|ответственный|"
    "фио сотрудника|имя сотрудника|"
    "фио менеджера|имя менеджера|агент|специалист|продавец|ответственный менеджер|"
    "кто разговаривал|фио оператора",
    "group_name": "group|group name|department|queue|team|office|transfer office|transfer department|"
    "группа|отдел|очередь|"
    "подразделение|офис|отдел перевода|офис перевода|команда|департамент",
    "campaign": "campaign|campaign name|utm campaign|utm source|source name|advertising campaign|"
    "traffic source|pool name|"
    "scheme name|кампания|рекламная кампания|источник|источник звонка|рекламный источник|"
    "канал|источник трафика",
    "end_side": "who hung up|end side|hangup by|finished by|disconnected by|кто завершил|кто положил трубку|"
    "инициатор завершения|завершил",
    "end_reason": "end reason|hangup cause|finish reason|call end reason|hangup reason|reason|"
    "причина завершения|"
    "причина|причина окончания|код завершения",
    "customer_rating": "customer rating|rating|csat|customer mark|call vote|оценка клиента|оценка клиентом|"
    "рейтинг|"
    "оценка абонента",
    "comment": "comment|comments|note|notes|remark|description|комментарий|комментарии|примечание|"
    "заметка|заметки|описание",
    "target": "target|is target|target call|proper flag|целевой|целевой звонок|целевой/нецелевой|"
    "качество|качество звонка|"
    "качество лида",
    "tags": "tags|tag|labels|теги|тег|метки|тэги",
    "deal_id": "deal id|lead id|deal|id сделки|номер сделки|сделка|id лида",
    "deal_stage": "deal stage|stage|lead status|deal status|этап сделки|этап|стадия|стадия сделки|статус сделки|"
    "статус лида|воронка",
    "deal_outcome": "deal outcome|deal result|итог сделки|результат сделки|исход сделки",
    "deal_amount": "deal amount|amount|deal sum|price|revenue|сумма|сумма сделки|бюджет|бюджет сделки|выручка",
    "deal_responsible": "deal responsible|deal owner|lead owner|ответственный за сделку|ответственный сделки",
    "recording": "recording|recordingfile|recording file|record|record file|file|filename|file name|audio|"
    "recording url|"
    "record url|call url|link|запись|запись разговора|файл|файл записи|имя файла|"
    "ссылка на запись|запись звонка|"
    "ссылка|запись менеджера|аудио|аудиозапись",
    "recording_2": "recording 2|second recording|operator recording|запись оператора|вторая запись|запись 2|"
    "recording wav",
    "channel": "channel|src channel|src chan",
    "target_channel": "dstchannel|dst channel|destination channel|dst chan",
    "context": "dcontext|context|destination context",
    "application": "lastapp|last application|last app|appname",
    "sequence": "sequence",
    "caller_number": "cnum",
    "outbound_number": "outbound cnum",
}  # fmt: skip
