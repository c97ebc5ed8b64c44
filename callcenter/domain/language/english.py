"""English: asking not to be called, what else a lead may want, and the words too common to matter."""

from callcenter.domain.language.phrase import Language, say

_DAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|next week|(?:the )?\d{1,2}(?:st|nd|rd|th)?)"
_TIME = r"(?:today|tonight|tomorrow|now|right|until|till|before|after|unless|if|at \d|on \w+days?|in the|this|next|for a)"
_REST = r"[^.!?,;]{0,80}"

_CALL = "(?:call|phone|ring|contact|dial|bother|disturb)"
_CALLING = (
    "(?:(?:fucking|freaking|bloody|damn|goddamn|constantly|always) )?"
    "(?:calling|phoning|ringing|contacting|dialing|dialling|bothering|bugging|harassing|hounding|pestering|spamming)"
)
_PLACE = "(?:number|phone|cell|mobile|line|home|house|office|wife|husband|mother|mom|mum|father|dad|family)"
_WHOM = f"(?:me|us|here|him|her|them|(?:my|our|this|that|the) {_PLACE})"

# How a sentence goes on when "don't call me" was all of the order; no name, time or condition is among it.
_ON = (
    r"(?!,? (?:unless|until|till|before|if|except)\b)(?= *(?:$|[.!?,;:—–-]|(?:"
    rf"(?:ever )?(?:again|any ?more|back)(?! {_TIME}\b)|ever|please|at all|no more|here|ok|okay|thanks?|and|or|because|"
    r"cause|since|i|with|about|for(?:ever| good| any| this| that)|under any|period|whatsoever|at (?:this|my|our|home)|"
    r"on (?:this|my|our)|from (?:now|you))\b))"
)
_NOT = (
    r"(?:\bnot|n't|\bnever|\bno need|\bwithout)(?: ever| really)?"
    r"(?: (?:want|need|have|going|mean|say|said|saying|ask|asked|asking|tell|told|telling)(?: you)?(?: to)?(?: be)?| to(?: be)?)?"
    r"|\bnot that (?:i|we) (?:want|need|asked?)(?: you)?(?: to)?(?: be)?"
)
# "They never call me back" reports; "I told you, never call me" orders.
_REPORTED = (
    r"(?<!told )(?<!tell )(?<!asked )(?<!ask )(?<!asking )(?<!telling )(?<!can )(?<!could )(?<!would )(?<!will )"
    r"\b(?:you|you guys|they|we|people|he|she|who|why|i)(?: just| really| still| always| even| usually)?"
)

_ME = "(?:me|us|my (?:phone |cell )?number|my name|(?:this|our|that) (?:phone )?number)"
_KIND = "(?:call|calling|phone|contact|marketing|mailing|dialing|telemarketing)"
_LIST = rf"(?:(?:of|your|the|this|that|any|all|{_KIND}) )*(?:list|data ?base|system|record|file)s?"
_NO_CALL = "(?:do[- ]not[- ]call|no[- ]call|dnc)"

_STOP = (
    say(
        "do not|never",
        rf"(?:you )?(?:ever |dare |try to |please )*{_CALL} {_WHOM}{_ON}",
        unless_after=f"{_NOT}|{_REPORTED}",
    ),
    say("do not|never", rf"(?:you )?(?:ever |dare )*{_CALL} {_WHOM} (?:ever )?again(?! {_TIME}\b)", unless_after=_NOT),
    say(
        "do not|never",
        rf"(?:ever )?{_CALL} (?:(?:ever )?again|any ?more|back|ever)(?! {_TIME}\b)",
        unless_after=f"{_NOT}|{_REPORTED}",
    ),
    say("please do not call|just do not call", ends=_ON),
    say("to not|you not|please not|not to", rf"(?:to )?(?:ever )?{_CALL} {_WHOM}{_ON}", unless_after=_NOT),
    say("not be|not to be|to not be", rf"(?:called|contacted|phoned){_ON}"),
    say("stop|quit|cease", rf"{_CALLING}(?: {_WHOM})?{_ON}", unless_after=_NOT),
    say("take|remove|get|delete|scratch|strike|drop|erase", rf"{_ME} (?:off|from|out) {_LIST}", unless_after=_NOT),
    say("removed|taken|deleted|dropped", rf"(?:off|from|out) {_LIST}", unless_after=_NOT),
    say("remove|delete|erase", r"(?:me|(?:my|this|our) (?:phone |cell )?number)", ends=_ON, unless_after=_NOT),
    say("my number|this number|my name", "(?:removed|deleted|taken off)", unless_after=_NOT),
    say("put|add|place", rf"{_ME} (?:down )?(?:on|to|in|as) (?:(?:your|the|a) )?{_NO_CALL}", unless_after=_NOT),
    say(
        "on|in",
        rf"(?:the|a|your) (?:national |federal |state )?{_NO_CALL} (?:list|registry|register)",
        unless_after=_NOT,
    ),
    say("lose", "(?:my|this|our) (?:phone )?number", unless_after=_NOT),
    say(
        "do not want",
        rf"(?:you|anyone|any of you|you guys|you people) to (?:ever )?{_CALL} {_WHOM}{_ON}",
        unless_after=_NOT,
    ),
    say("do not want", rf"(?:you|anyone|any of you|you guys|you people) {_CALLING}(?: {_WHOM})?{_ON}", unless_after=_NOT),
    say("do not want to|do not wish to|do not like to", rf"(?:be|get|keep getting) (?:called|contacted|phoned){_ON}"),
    say(
        "do not want|do not need",
        rf"(?:to (?:get|receive) )?(?:any )?(?:more )?(?:of )?(?:your |these )?(?:phone )?calls{_ON}",
    ),
    say("no more", rf"(?:phone |sales )?calls{_ON}"),
    say("opt out|opt me out|opt us out|unsubscribe", unless_after=_NOT),
    say("leave", "(?:me|us) alone", unless_after=_NOT),
    say("revoke|withdraw", "(?:my|our) consent", unless_after=_NOT),
)

_BOOK = (
    say("book|schedule|reserve|arrange", "(?:me|us|it|that|this|one|an?|the|my)", unless_after=_NOT),
    say("make|set up", "(?:an?|the|my|another) (?:appointment|meeting|visit|time)", unless_after=_NOT),
    say("like|want|love|need", "(?:an appointment|to (?:book|schedule|reserve|come in))", unless_after=_NOT),
    say("let's|lets", rf"(?:do|say|make it) {_DAY}"),
    say("see you", rf"(?:then|there|(?:on )?{_DAY})"),
    say("put me down", "for", unless_after=_NOT),
    say(
        "monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|next week|that time|that day",
        r"(?:(?:morning|afternoon|evening) )?(?:at [\w:. ]{1,12}? )?(?:works|is (?:good|fine|great|perfect)|sounds|suits)",
    ),
)
_BUY = (
    say(
        "i'll|i will|we'll|we will|let me",
        "(?:buy|order|purchase|take (?:it|one|two|that|the)|go (?:with|for))",
        unless_after=_NOT,
    ),
    say("like to|want to|ready to|love to", "(?:buy|order|purchase|sign up)", unless_after=_NOT),
    say("take|charge|here is|here's", "my (?:credit |debit )?card", unless_after=_NOT),
    say("sign", "(?:me|us) up", unless_after=_NOT),
    say("place", "(?:an|the|my) order", unless_after=_NOT),
)
_LEARN_MORE = (
    say("tell me", "(?:more|about|a bit)"),
    say("more", "(?:info|information|details)", unless_after=_NOT + r"|\b(?:no|any)"),
    say("how does|how do|how would", "(?:it|this|that|you) work"),
    say("how much|how expensive"),
    say(
        "what's|what is|what are|what does|what do",
        "(?:(?:the|your|it|this|you) )?(?:price|cost|rate|fee|charge|offer)s?",
    ),
    say(
        "send me|email me|text me|send us",
        "(?:(?:an?|the|some|your|more) )?(?:email|info|information|details|brochure|link)",
    ),
    say("interested", unless_after=r"\b(?:not|n't|never)(?: \w+)?"),
    say("like to|want to|love to", "(?:know|hear|learn|find out)", unless_after=_NOT),
    say("what's|what is", "(?:it|this|that) (?:all )?about"),
)
_CALL_BACK = (
    say(
        "call|phone|ring|try|reach",
        rf"(?:(?:me|us|back|again) )*(?:later|another|some other|after|at|on|in|{_DAY}|today|tonight)",
    ),
    say("call|phone|ring", "(?:(?:me|us) )?back"),
    say("do not call", rf"(?:me|us) (?:before|until|till|now|right now|after|at work){_REST}"),
    say("not|isn't", "(?:a|the) (?:good|best|right) (?:time|moment)"),
    say("bad time"),
    say("i'm|i am", "(?:busy|driving|at work|in a meeting|in the middle)"),
)
_DECLINE = (
    say("not", rf"(?:\w+ )?interested{_REST}"),
    say("no thanks|no, thanks|no thank you|no, thank you"),
    say("do not want|do not need|no interest", maybe=_REST),
    say("i'll|i will|going to|have to", "pass"),
    say("not for", "(?:me|us)"),
    say("i already|we already", "(?:have|got|use) (?:one|an?|someone|it|that)"),
    say("too expensive|cannot afford|can't afford"),
    say("i'm|i am|we're|we are", "all set"),
)
_WRONG_PERSON = (
    say("wrong", "(?:number|person|guy|house|party)", unless_after=_NOT + r"(?: the)?"),
    say("no one|nobody|there's no|there is no|there's nobody", r"[^.!?,;]{0,40}\b(?:that|this) name"),
    say("does not|doesn't|no longer", "(?:live|lives|work|works) (?:here|at)"),
    say("i'm not|i am not|this is not|this isn't", "(?:him|her|that person|the (?:right )?person)"),
    say("passed away|is deceased|is dead|moved away"),
)
_COMPLAIN = (
    say("complaint|complain|complaining|ridiculous|unacceptable|terrible|awful|horrible|disgusting"),
    say("speak|talk", "(?:to|with) (?:a|your|the) (?:manager|supervisor)"),
    say("sick of|tired of|fed up|harassing|harassment|scam|scammer|scammers|rip off|ripoff"),
    say("report you|sue you|waste of time|waste of my time"),
    say("never stop|do not stop|won't stop|keep", "calling (?:me|us)"),
)

_STOP_WORDS = """
a about above actually after again against all almost already alright also am an and another any anyone anything are
aren't around as ask at away back bad be because been before being below between both but by bye call called calling
came can can't cannot come could couldn't day did didn't do does doesn't doing don't done down during each else er
even ever every everything few fine first for from further get getting give go goes going gonna good goodbye got gotta
great had hadn't has hasn't have haven't having he he'd he'll he's hear hello her here hers herself hey hi him himself
his hm hmm how huh i i'd i'll i'm i've if in into is isn't it it'd it'll it's its itself just kind know last later
least less let let's like little long look lot made make many may maybe me mean might mine moment more most much must
my myself need never new next nice no none nope nor not nothing now of off oh ok okay on once one only or other our
ours ourselves out over own people perfect phone please pretty put quite rather really right said same saw say see
seem she she'd she'll she's should shouldn't since so some someone something soon sorry speak still stuff such sure
take talk tell than thank thanks that that's the their theirs them themselves then there there's these they they'd
they'll they're they've thing things think this those though through time to today tomorrow too two uh uhm um under
until up upon us use used very wait wanna want wanted wants was wasn't way we we'd we'll we're we've well went were
weren't what what's when where where's which while who who's whom why will with won't would wouldn't yeah yep yes yet
you you'd you'll you're you've your yours yourself yourselves
"""

ENGLISH = Language(
    code="en",
    stop_words=frozenset(_STOP_WORDS.split()),
    phrases={
        "stop": _STOP,
        "book": _BOOK,
        "buy": _BUY,
        "learn_more": _LEARN_MORE,
        "call_back": _CALL_BACK,
        "decline": _DECLINE,
        "wrong_person": _WRONG_PERSON,
        "complain": _COMPLAIN,
    },
)
