# ruff: noqa: E501 (a sentence that is spoken stays on one line)
"""Calls in English: Emma sells, Daniel interrupts and is slow to own a problem."""

from __future__ import annotations

from .script import Written

CALLS = (
    Written(
        code="en01",
        title="Cold call to a candle maker: a visit agreed",
        manager="Emma Clarke",
        card="cold_call",
        customer="Wick and Willow Candles",
        voice="laura",
        language="en",
        direction="outbound",
        pattern="threecx",
        script="""
* ring 2
C: Wick and Willow, Laura speaking.
M greet,self: Good morning, Laura. My name is Emma Clarke, I'm calling from Tarnada Packaging. Have I caught you at a bad moment?
C: Well, I'm in the middle of packing orders.
M time,goal: Then I'll be quick. I'd like two minutes to find out whether a visit would be worth your time. Is that all right?
C: Two minutes, go on then.
M position: Thank you. Are you the person who chooses the boxes?
C: That's me. I do everything here.
M compliment,field: I saw your winter range, the amber jars are beautiful. How are they shipped, one by one or in sets?
C: Mostly in sets of three. The glass is the trouble.
M need: What happens to the glass on the way?
C: About one set in thirty arrives broken. I send a new one, for free.
M volume,listen: One in thirty. And how many sets go out in a month?
C: Around four hundred before Christmas.
M value: So that is thirteen sets you make twice. We cut a cardboard insert to the shape of your jar, so the glass never touches the wall of the box. A soap maker I work with went from five broken parcels a week to none.
C: That sounds good, but we already have a supplier.
M objection: Of course you do, and I'm not asking you to change. Would it hurt to have one insert tested next to theirs?
C: No, I suppose not. What would it cost?
M price: The insert is thirty pence. One broken set costs you about twelve pounds.
C: When you put it like that.
M next: Let me bring three samples and drop them on your floor in front of you. Would Tuesday or Thursday suit you better?
C: Thursday, after two.
M summary,contacts: Thursday at half past two, at your workshop. I'll send you a message on this number to confirm. Is that the right one?
C: Yes, that's my mobile.
M bye: Lovely. Thank you, Laura, good luck with those orders.
C: Thanks, bye.
""",
        marks="В1=1@greet В2=1@position В3=1@greet И1=0@goal И2=1@compliment И3=0@value П1=1@field П2=1@need Р1=1@objection Р2=1@objection Р3=1@objection Д1=1@next Д2=1@summary",
        nine="Н1=1@greet Н2=1@position Н3=1@field Н4=1@compliment Н5=1@goal Х1=1@greet Х2=1@objection Х3=1@need Х4=1@objection",
        pluses="Goal and length of the call at once; broken sets counted aloud; two days to choose from.",
        minuses="—",
        outcome="Meeting set",
        tags=("образец", "English"),
        notes=(
            ("objection", "objection", "price", "“We already have a supplier”"),
            ("good", "next", "", "Dropping samples in front of her"),
        ),
        archive=(
            (
                "best",
                "Возражения",
                "objection",
                "next",
                "“We already have a supplier”",
                "Asks for a test, not for a change.",
            ),
        ),
    ),
    Written(
        code="en02",
        title="Incoming: office furniture maker, on hold with permission",
        manager="Emma Clarke",
        card="inbound_sale",
        customer="Deskwright Office Furniture",
        voice="george",
        language="en",
        pattern="threecx",
        background="office",
        script="""
M greet,self: Tarnada Packaging, Emma Clarke speaking, good afternoon.
C: Hello. I'm after edge protectors and film for desk tops. Can you give me a price?
M askname: I certainly can, once I know which ones you need. May I ask who I'm speaking to?
C: George, from Deskwright.
M usename,need: Nice to meet you, George. Tell me, what do the desk tops look like when they reach your customer?
C: Scratched, far too often. Mostly on the corners, and we get it in the reviews as well.
M listen,volume: Scratched corners, and it shows in the reviews. How many desks leave you in a week?
C: A hundred and twenty, sometimes more.
M value: Then I would suggest a foam corner with a cardboard cap. The cap takes the knock, and the foam keeps off the polish. Your fitter takes it off in two seconds, no knife, so no new scratches.
C: No knife, that's a good point. Do you have them for a thirty millimetre top?
M hold: Let me check the stock. It takes half a minute, may I put you on hold?
C: Sure.
* hold 12 music
M back: Thank you for waiting, George. Two thousand in the warehouse, I have put five hundred aside for you.
C: Great. So, the price?
M price: Twenty two pence a corner, eighty eight pence a desk. How much is one replaced top?
C: Ninety pounds, with the delivery.
M objection: So one saved top pays for a hundred desks.
C: Fair enough. Put me down for five hundred.
M upsell: Gladly. The film goes on the same lorry, so it travels free. Shall I add two rolls?
C: Go on, two rolls.
M summary,next,contacts: So, five hundred corners and two rolls of film, on Wednesday morning. The invoice goes to the address on your website, and I'll ring you on Thursday at ten to hear how the fitters like them.
C: Perfect.
M bye: Thank you, George. Have a good day.
C: You too, bye.
""",
        marks="К1=1@greet К2=1@askname К3=1@askname П1=1@need П2=1@volume П3=0@usename П4=n В1=1@value В2=1@value В3=1@back Р1=n Р2=1@objection З1=1@summary З2=1@summary",
        nine="Н1=1@greet Н2=0@usename Н3=1@need Н4=0@usename Н5=1@need Х1=1@usename Х2=1@askname Х3=1@need Х4=1@objection",
        phrases={
            "З2": (
                "The invoice goes to the address on your website.",
                "George, may I have your own email, so that the invoice does not get lost?",
            ),
        },
        pluses="Did not give the price before the need was clear. Asked before the hold and came back in time.",
        minuses="Did not ask for his own email.",
        outcome="Deal closed",
        tags=("допродажа", "English"),
        notes=(
            ("stage", "hold", "back", "On hold"),
            ("good", "askname", "", "“I can, once I know which ones you need”"),
        ),
    ),
    Written(
        code="en03",
        title="Incoming: interrupted and sent to the website",
        manager="Daniel Reed",
        card="inbound_sale",
        customer="Greenhollow Soap",
        voice="megan",
        language="en",
        pattern="threecx",
        background="street",
        script="""
M greet: Tarnada.
C: Oh, hello. I make soap, and I'm looking for small boxes, but I'm not sure about the size, because I have bars and also these round…
M <2.2 interrupt: How many do you want?
C: Well, that depends on the price, I think. I started last year, and now the shops have begun to…
M <1.5 pricefirst: The minimum is a thousand. Forty pence each.
C: Forty? That seems rather a lot for such a small box.
M >2.2 objection: That's what they cost.
C: I see. It is only that I sell each bar for four pounds, so the box would be a tenth of the price. And could they have a window? My bars are coloured, people like to see…
M <1.1 interrupt2: Windows are extra.
C: How much extra?
M need: It depends. What size was it?
C: That's what I was hoping you could help me with.
M rude: I can't measure your soap from here, can I?
C: No, I suppose you can't. It is about eight centimetres, and the round ones are a little smaller. Could you send me a sample, at least?
M nonext: You can order samples on the website. There's a form.
C: All right. I'll have a look.
M bye: Okay. Bye.
C: Bye then.
""",
        marks="К1=0@greet К2=0@interrupt К3=1@interrupt П1=0@interrupt П2=1@interrupt П3=0@need П4=0@objection В1=0@need В2=0@pricefirst В3=1@objection Р1=0@interrupt2 Р2=0@objection З1=0@nonext З2=0@nonext",
        nine="Н1=1@greet Н2=0@interrupt Н3=0@interrupt Н4=0@interrupt Н5=0@interrupt Х1=0@interrupt Х2=0@rude Х3=0@rude Х4=0@objection",
        phrases={
            "Р1": (
                "How many do you want?",
                "Bars and round ones, I see. Shall we find a box that fits both?",
            ),
            "Р2": (
                "That's what they cost.",
                "It does look a lot at first. May I show you what the box does for you on the shelf?",
            ),
            "З1": (
                "You can order samples on the website.",
                "I'll post you three samples today and ring you on Friday at ten.",
            ),
        },
        pluses="—",
        minuses="Interrupted three times, price before anything else, no sample, no contact.",
        outcome="Call lost, no result",
        tags=("перебивание", "English"),
        notes=(
            ("error_technique", "interrupt", "pricefirst", "Interrupts"),
            ("error_tone", "rude", "", "“I can't measure your soap from here”"),
        ),
        archive=(
            (
                "worst",
                "Потребность",
                "greet",
                "objection",
                "“How many do you want?”",
                "She never gets to say what she needs.",
            ),
        ),
    ),
    Written(
        code="en04",
        title="Service: a wrong delivery, put right late",
        manager="Daniel Reed",
        card="service",
        customer="Harbour Tea Company",
        voice="arthur",
        language="en",
        pattern="known",
        layout="mono",
        script="""
M greet,self: Tarnada Packaging, Daniel Reed.
C: Good morning. Arthur, Harbour Tea. You have sent me the wrong pouches again.
M need: What did you order?
C: Half a kilo with a zip. I have got one kilo, without a zip. It is the second time this month.
M >3.0 listen: Hm. The order says half a kilo, so it must be the warehouse.
C: I don't mind whose fault it is. I have forty orders to pack today.
M apology: Yes. Sorry about that.
C: So what are we going to do?
* pause 6 silence
M solution: I can send the right ones tomorrow. In the morning, probably.
C: Probably? I need to tell my customers something.
M deadline: Tomorrow before eleven, then. The driver takes the wrong ones back.
C: And today?
M repeat,objection: Today you could use the one kilo ones for your large orders, and I take those off the bill.
C: That helps a little. Fine.
M summary: So, two thousand pouches tomorrow before eleven, and the ones you use today are free.
C: Good. And see that it doesn't happen a third time, please.
M owner: I'll tell the warehouse.
C: Thank you. Goodbye.
M bye: Bye.
""",
        marks="К1=1@greet К2=n К3=0@listen С1=1@listen С2=0@listen С3=0@solution Р1=1@deadline Р2=1@repeat Р3=0@silence Р4=1@apology З1=1@summary З2=0@owner З3=1@bye",
        phrases={
            "К3": (
                "The order says half a kilo, so it must be the warehouse.",
                "Twice in a month, and forty orders waiting. I would be angry too.",
            ),
            "З2": (
                "I'll tell the warehouse.",
                "I'll check the parcel myself tonight and ring you when the driver leaves.",
            ),
        },
        pluses="Found a way out for today and named an hour.",
        minuses="Blamed the warehouse first, left six seconds of silence, did not promise to follow it up.",
        outcome="Consultation",
        tags=("претензия", "English"),
        notes=(
            ("error_words", "listen", "", "“It must be the warehouse”"),
            ("good", "objection", "", "A way out for today"),
        ),
    ),
)
