"""English lines."""

from callcenter.simulator.speech.shape import Speech, Trade

TRADES = {
    "dental": Trade(
        company="Harbour Dental",
        service="the check-up",
        reason="I'm calling because it has been more than six months since your last check-up with us.",
        question="Have you had any pain or sensitivity lately?",
        answers=(
            "No, everything feels fine.",
            "A little on the left side when I drink something cold.",
            "Not really, just the usual.",
        ),
        offer="We could see you for a check-up and a cleaning, it takes about forty minutes.",
        benefit="Most plans cover two visits a year, so there is usually nothing to pay.",
    ),
    "insurance": Trade(
        company="Northgate Insurance",
        service="the car insurance",
        reason="I'm calling because your car insurance with us runs out at the end of next month.",
        question="Is it still the same car, and do you drive about as much as last year?",
        answers=(
            "Same car, yes, maybe a bit less driving.",
            "Yes, nothing has changed.",
            "Same car, but I drive more now, about twelve thousand miles.",
        ),
        offer="For the same cover I can renew it for another year at 42 a month, with roadside assistance included.",
        benefit="If you renew today the price stays fixed for the whole twelve months.",
    ),
    "solar": Trade(
        company="Brightfield Solar",
        service="the solar survey",
        reason="You asked on our website what solar panels would save you, so I wanted to follow up.",
        question="Do you own the house, and roughly what do you pay for electricity a month?",
        answers=(
            "Yes, it's ours, about a hundred and forty.",
            "We own it, close to two hundred in winter.",
            "It's my house, around ninety a month.",
        ),
        offer="A surveyor could look at the roof and work out the numbers, free and without obligation.",
        benefit="On a roof like yours panels usually pay for themselves in seven to nine years.",
    ),
    "car": Trade(
        company="Millbrook Motors",
        service="the annual service",
        reason="I'm calling because your car is due for its annual service this month.",
        question="Is there anything about the car we should look at, any noise or warning light?",
        answers=(
            "The brakes squeak a bit in the morning.",
            "No, it runs fine.",
            "There's a light on the dashboard now and then.",
        ),
        offer="We can take it in the morning and have it ready the same afternoon, with a courtesy car if you need one.",
        benefit="A stamped service book keeps the warranty valid and the value up.",
    ),
}

TALKS = {
    "appointment": (
        """A: {question}
U: {answer}
A: Thanks, I'll note that. {offer}
U: Okay, that sounds good. When would that be?
A: I have {day} at {time}. Would that suit you?
U: {day} works for me. Let's book it.
A: Perfect, you are booked for {day} at {time}. You'll get a text message with the details.
U: Great, thank you.
A: Thank you, have a lovely day. Goodbye.""",
        """U: Oh right, I've been meaning to call you.
A: No problem at all. {offer}
U: Do you have something in the morning, or later in the week?
A: Let me check. The next free time is {day} at {time}.
U: Yes, please book that for me.
A: It's booked: {day}, {time}. Is there anything we should know beforehand?
U: {answer}
A: Good to know, I've added it. See you then, goodbye.""",
    ),
    "sale": (
        """A: {question}
U: {answer}
A: {offer}
U: And what happens if I wait?
A: {benefit}
U: All right, let's do it then.
A: Wonderful. I'll send the confirmation today; you don't need to do anything else.
U: Perfect, thanks for calling.
A: Thank you, {name}. Goodbye.""",
        """U: Good timing, I was just looking at that letter.
A: {offer}
U: Is that the final price, with everything?
A: Yes, taxes and fees are included. {benefit}
U: Okay, I'll take it.
A: Great, it is done from my side. The papers come by e-mail within the hour.
U: Thank you, bye.""",
    ),
    "qualified": (
        """A: {question}
U: {answer}
A: That is a good starting point. {benefit}
U: Interesting. What would be the next step?
A: {offer}
U: I'd like to see that in writing first. Can you send me something?
A: Of course. A colleague will send you the details and ring you on {day} to go through them.
U: Yes, that would be good.
A: Perfect. Thank you for your time, {name}.""",
        """U: Yes, I remember. We are quite serious about it.
A: Glad to hear it. {question}
U: {answer}
A: {offer}
U: How much does it cost, roughly?
A: That depends on a few things, so a colleague will work out a proper figure for you and call on {day}.
U: Good, I'll be at home.
A: Wonderful, goodbye for now.""",
    ),
    "successful": (
        """A: It is only a quick question. {question}
U: {answer}
A: Thank you, that is all I needed. I have updated your details.
U: That was quick. Thanks.
A: Thank you, {name}. Goodbye.""",
    ),
    "not_interested": (
        """U: I see. I'm not interested, to be honest.
A: I understand. {benefit}
U: No, really, thank you. I don't need it at the moment.
A: Of course. Thank you for telling me, have a good day.
U: Bye.""",
        """A: {offer}
U: We already have someone for that.
A: May I ask whether you are happy with them?
U: Yes, we are. So no, thanks, not interested.
A: Fair enough. Thanks for your time, goodbye.""",
    ),
    "do_not_call": (
        """U: I get these calls all the time. Please do not call me again.
A: I'm sorry about that. I will take your number off our list right away.
U: Yes, take me off your list. Goodbye.""",
        """U: Stop calling me. How did you get this number?
A: I apologise for the disturbance. You are in our records as a customer.
U: Remove my number, please, and don't call again.
A: It is removed. You won't hear from us any more. Goodbye.""",
    ),
    "callback": (
        """U: I'm in a meeting right now, can you call me back later?
A: Of course. Would {day} at {time} suit you?
U: Yes, call me back then.
A: I've noted {day} at {time}. Speak to you then.""",
        """U: This is a bad moment, I'm driving.
A: Then I won't keep you. When may I try again?
U: Try me {day}, around {time}.
A: I will. Drive safely, goodbye.""",
    ),
    "transfer": (
        """A: {offer}
U: I have a question about my contract. Can I talk to a real person?
A: Certainly. I'll put you through to a colleague, please hold for a moment.
U: Okay, thanks.""",
    ),
    "wrong_number": (
        """A: Hello, this is {persona} calling from {company}. Am I speaking with {owner}?
U: No, you have the wrong number. There is nobody by that name here.
A: I'm sorry for the disturbance. I'll correct our records.
U: No problem. Bye.""",
        """A: Good day, {persona} from {company}. I'd like to speak with {owner}, please.
U: Wrong number, I'm afraid. I've had this number for years.
A: My apologies. Have a good day.""",
    ),
    "silence": (
        """A: Hello, this is {persona} calling from {company}. Am I speaking with {owner}?
A: Hello? Can you hear me?""",
    ),
    "voicemail": (
        """U: Hi, you've reached {owner}. I can't come to the phone right now. Please leave a message after the tone.
A: Hello, this is {persona} from {company} about {service}. Please ring us back, or we will try again. Goodbye.""",
        """U: The person you are calling is not available. Please record your message after the beep.
A: Hello {name}, {persona} from {company} here. It is about {service}. We'll try again soon. Goodbye.""",
    ),
    "ivr": (
        """U: Thank you for calling. For sales, press one. For support, press two. To hear these options again, press nine.""",
    ),
    "chat": (
        """U: Sorry, could you say that again? The line is not very good.
A: Of course. {offer}
U: And how does that work exactly?
A: {benefit}
U: I see. One moment, there's somebody at the door.
A: No hurry, I'll wait.
U: I'm back. So, about {service}.
A: Yes. {question}
U: {answer}""",
    ),
}

ENGLISH = Speech(
    language="en",
    someone="the account holder",
    personas=("Emma", "Daniel", "Sophie", "James"),
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    day="{weekday}, {month} {day}",
    time="{twelve}:{minute} {half}",
    trades=TRADES,
    opening_named=(
        "A: Hello, this is {persona} calling from {company}. Am I speaking with {owner}?\nU: Yes, speaking.\nA: {reason}",
        "U: Hello?\nA: Hi, is that {name}? This is {persona} from {company}.\nU: Yes, that's me. What is it about?\nA: {reason}",
    ),
    opening_unnamed=(
        "A: Hello, this is {persona} calling from {company}. Do you have a minute?\nU: Sure, what is it about?\nA: {reason}",
    ),
    talks=TALKS,
)
