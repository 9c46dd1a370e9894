"""The words for what a clip shows. A word given twice is drawn twice as often."""

from __future__ import annotations

from typing import Final


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.split(";"))


SUBJECT_WORDS: Final = {
    "balloon": _phrases("hot-air balloon; hot air balloon; balloon; hot-air balloon "),
    "boat": _phrases("sailing boat; sailboat; boat; ship; little boat "),
    "car": _phrases("car; toy car; little car; automobile "),
    "ball": _phrases("ball; beach ball; toy ball "),
    "bird": _phrases("bird; little bird; small bird; paper bird "),
    "kite": _phrases("kite; paper kite "),
    "star": _phrases("star; smiling star; little star; happy star "),
    "rocket": _phrases("rocket; space rocket; rocket ship; spaceship "),
}
COLOR_WORDS: Final = {
    "red": _phrases("red; red; red; crimson; scarlet; bright red "),
    "orange": _phrases("orange; orange; bright orange; tangerine "),
    "yellow": _phrases("yellow; yellow; yellow; golden; bright yellow "),
    "green": _phrases("green; green; bright green; emerald "),
    "blue": _phrases("blue; blue; blue; bright blue; dark blue "),
    "purple": _phrases("purple; purple; violet "),
    "pink": _phrases("pink; pink; rosy; light pink "),
    "white": _phrases("white; white; snow white; pale "),
}
MOTION_PARTICIPLES: Final = {
    "left": _phrases(
        "moving left; moving to the left; going left; travelling left; gliding to the left; {ing} left; "
        "{ing} to the left; {ing} from right to left; crossing from right to left "
    ),
    "right": _phrases(
        "moving right; moving to the right; going right; travelling right; gliding to the right; {ing} "
        "right; {ing} to the right; {ing} from left to right; crossing from left to right "
    ),
    "rises": _phrases(
        "rising; rising up; going up; moving up; floating upward; flying up; ascending; lifting off; "
        "taking off; climbing "
    ),
    "falls": _phrases(
        "falling; falling down; going down; moving down; descending; sinking; dropping; landing; coming down "
    ),
    "bounces": _phrases(
        "bouncing; bouncing up and down; jumping; hopping; jumping up and down; bouncing happily "
    ),
    "closer": _phrases(
        "coming closer; approaching; getting closer; growing bigger; growing; moving toward us; coming "
        "toward the camera; getting bigger "
    ),
    "away": _phrases(
        "moving away; going away; {ing} away; getting smaller; shrinking; disappearing into the distance; "
        "{ing} into the distance; leaving "
    ),
    "floats": _phrases(
        "floating; floating gently; hovering; drifting; drifting gently; swaying; swaying gently; "
        "drifting slowly; staying in place "
    ),
}
MOTION_VERBS: Final = {
    "left": _phrases(
        "moves left; moves to the left; goes left; {verb} left; {verb} to the left; "
        "{verb} from right to left "
    ),
    "right": _phrases(
        "moves right; moves to the right; goes right; {verb} right; {verb} to the right; "
        "{verb} from left to right "
    ),
    "rises": _phrases("rises; rises up; goes up; flies up; climbs; takes off; lifts off; ascends "),
    "falls": _phrases("falls; falls down; goes down; descends; sinks; drops; lands; comes down "),
    "bounces": _phrases("bounces; bounces up and down; jumps; hops; jumps up and down "),
    "closer": _phrases("comes closer; approaches; gets closer; grows bigger; grows; gets bigger "),
    "away": _phrases(
        "moves away; goes away; {verb} away; gets smaller; shrinks; {verb} into the distance; leaves "
    ),
    "floats": _phrases("floats; floats gently; hovers; drifts; drifts gently; sways; stays in place "),
}
USUAL_VERB: Final = {
    "balloon": ("floating", "floats"),
    "boat": ("sailing", "sails"),
    "car": ("driving", "drives"),
    "ball": ("rolling", "rolls"),
    "bird": ("flying", "flies"),
    "kite": ("flying", "flies"),
    "star": ("flying", "flies"),
    "rocket": ("flying", "flies"),
}
"""What each toy does when it travels: in place of {ing} and {verb} above."""
PLACE_WORDS: Final = {
    "hills": _phrases(
        "over green hills; over the hills; in the green hills; above the green hills; in the countryside; "
        "over a green meadow; in the meadow; in a green valley; in the hills "
    ),
    "sea": _phrases(
        "over the sea; on the sea; on the ocean; over the ocean; on the water; above the waves; on the "
        "waves; at sea; over the water "
    ),
    "desert": _phrases(
        "in the desert; over the desert; over sand dunes; in the sandy desert; across the desert; above "
        "the dunes; near the pyramids; on the sand "
    ),
    "mountains": _phrases(
        "over snowy mountains; in the snowy mountains; above the mountains; in the mountains; over the "
        "snow; in the snow; over mountain peaks; in front of snowy mountains "
    ),
    "city": _phrases(
        "in the city; over the city; above the city skyline; in front of a city skyline; over the "
        "skyline; in the street; downtown; between skyscrapers; in a big city "
    ),
    "forest": _phrases(
        "in the forest; over the forest; above the trees; in the woods; over a pine forest; among the "
        "pine trees; in front of a forest "
    ),
    "clouds": _phrases(
        "above the clouds; in the clouds; over the clouds; high in the sky; among the clouds; over a sea "
        "of clouds; in the sky "
    ),
}
TIME_WORDS: Final = {
    "day": _phrases(
        "by day; on a sunny day; during the day; in the daytime; in the morning; in daylight; in bright "
        "sunshine; on a bright day; under a blue sky; at noon "
    ),
    "sunset": _phrases(
        "at sunset; at sunset; at dusk; in the evening; at sunrise; at dawn; in the evening light; during "
        "sunset; in the golden hour; under an orange sky "
    ),
    "night": _phrases(
        "at night; at night; under the stars; in the night; by moonlight; at midnight; under the moon; in "
        "a starry night; under a starry sky; under a night sky "
    ),
}
OPENINGS: Final = _phrases(
    "a video of; a short film of; paper cut animation of; animation of; a cartoon of; a movie of; a "
    "clip of; a picture of; a scene with; footage of; there is; we see; show me; imagine; cute; "
    "papercut style; paper craft "
)
FILLERS: Final = _phrases(
    "beautiful; lovely; cute; pretty; cinematic; detailed; highly; slowly; quickly; gently; happily; "
    "high; quality; 4k; colorful; colourful; vivid; soft; warm; cozy; calm; peaceful; dreamy; magical; "
    "tiny; small; big; large; huge; old; new; wooden; shiny; nice; amazing; wonderful; very; really; "
    "just; scene; shot; camera; view; style; art; film; paper; toy; world; cartoon; animated; smooth; "
    "light; background; landscape; wide; romantic; funny; playful; charming; simple; minimal; fantasy; "
    "realistic; hd; film "
)
