using System.Collections.Frozen;

namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// The pen strokes of each character on a grid where capitals reach from 0 (top) to 14 (base line), small
/// letters begin at 4.5 and descenders end at 18. M moves, L draws a line, Q a quadratic curve. Digits are
/// equally wide.
/// </summary>
internal static class GlyphStrokes
{
    private const string BowlRight = "M0 9.2Q0 4.5 4 4.5Q8 4.5 8 9.2Q8 14 4 14Q0 14 0 9.2";
    private const string LetterP = "M0 14L0 0L5 0Q9 0 9 3.9Q9 7.8 5 7.8L0 7.8";
    private const string LetterO = "M5.5 0Q11 0 11 7Q11 14 5.5 14Q0 14 0 7Q0 0 5.5 0";
    private const string LetterU = "M0 0L0 9Q0 14 5 14Q10 14 10 9L10 0";
    private const string SmallA =
        "M.8 5.6Q2 4.5 4 4.5Q7.5 4.5 7.5 7.5L7.5 14M7.5 8.8L4 8.8Q0 8.8 0 11.4Q0 14 3.4 14Q6.2 14 7.5 11.8";

    private const string SmallE = "M0 9.2L8 9.2Q8 4.5 4 4.5Q0 4.5 0 9.2Q0 14 4.2 14Q6.4 14 7.6 12.4";
    private const string SmallU = "M0 4.5L0 10Q0 14 3.5 14Q6.7 14 7.5 10M7.5 4.5L7.5 14";

    private static readonly Glyph s_unknown = new(8, "M0 0L8 0L8 14L0 14L0 0");

    private static readonly FrozenDictionary<char, Glyph> s_glyphs = new Dictionary<char, Glyph>
    {
        [' '] = new(3, ""),
        ['0'] = new(9, "M4.5 0Q9 0 9 5L9 9Q9 14 4.5 14Q0 14 0 9L0 5Q0 0 4.5 0"),
        ['1'] = new(9, "M1.4 3L5.2 0L5.2 14"),
        ['2'] = new(9, "M.3 4Q.3 0 4.5 0Q8.8 0 8.8 4Q8.8 6.5 6 9L.3 14L9 14"),
        ['3'] = new(9, "M.5 1.5Q2 0 4.5 0Q8.6 0 8.6 3.4Q8.6 6.6 4.5 6.6L3 6.6" +
            "M4.5 6.6Q9 6.6 9 10.3Q9 14 4.5 14Q1.5 14 0 12.2"),
        ['4'] = new(9, "M6.7 14L6.7 0L0 10L9 10"),
        ['5'] = new(9, "M8.3 0L1.2 0L.8 6.4Q2.5 5.2 4.6 5.2Q9 5.2 9 9.6Q9 14 4.5 14Q1.5 14 0 12.3"),
        ['6'] = new(9, "M7.8 1Q6.5 0 4.8 0Q0 0 0 7.5L0 9.5Q0 14 4.5 14" +
            "Q9 14 9 9.6Q9 5.6 4.6 5.6Q1.2 5.6 0 8.6"),
        ['7'] = new(9, "M0 0L9 0L3.5 14"),
        ['8'] = new(9, "M4.5 6.5Q.5 6.5 .5 3.2Q.5 0 4.5 0Q8.5 0 8.5 3.2Q8.5 6.5 4.5 6.5Q9 6.5 9 10.2" +
            "Q9 14 4.5 14Q0 14 0 10.2Q0 6.5 4.5 6.5"),
        ['9'] = new(9, "M1.2 13Q2.5 14 4.2 14Q9 14 9 6.5L9 4.5Q9 0 4.5 0" +
            "Q0 0 0 4.4Q0 8.4 4.4 8.4Q7.8 8.4 9 5.4"),
        ['A'] = new(10, "M0 14L5 0L10 14M1.8 9.2L8.2 9.2"),
        ['B'] = new(9, "M0 0L0 14L5 14Q9 14 9 10.3Q9 6.7 5 6.7L0 6.7M5 6.7Q8.3 6.7 8.3 3.3Q8.3 0 5 0L0 0"),
        ['C'] = new(9.5, "M9.5 2.5Q8 0 5 0Q0 0 0 7Q0 14 5 14Q8 14 9.5 11.5"),
        ['D'] = new(10, "M0 0L0 14L4 14Q10 14 10 7Q10 0 4 0L0 0"),
        ['E'] = new(8, "M8 0L0 0L0 14L8 14M0 6.8L7 6.8"),
        ['F'] = new(8, "M8 0L0 0L0 14M0 6.8L7 6.8"),
        ['G'] = new(10, "M9.5 2.5Q8 0 5 0Q0 0 0 7Q0 14 5 14Q8.2 14 10 12L10 7.5L6 7.5"),
        ['H'] = new(10, "M0 0L0 14M10 0L10 14M0 6.8L10 6.8"),
        ['I'] = new(0, "M0 0L0 14"),
        ['J'] = new(6, "M6 0L6 10Q6 14 3 14Q.8 14 0 12"),
        ['K'] = new(9, "M0 0L0 14M9 0L0 8.5M3.5 5.6L9 14"),
        ['L'] = new(8, "M0 0L0 14L8 14"),
        ['M'] = new(12, "M0 14L0 0L6 9L12 0L12 14"),
        ['N'] = new(10, "M0 14L0 0L10 14L10 0"),
        ['O'] = new(11, LetterO),
        ['P'] = new(9, LetterP),
        ['Q'] = new(11, LetterO + "M7 10.5L11 14.8"),
        ['R'] = new(9, LetterP + "M4.5 7.8L9 14"),
        ['S'] = new(9, "M8.6 2Q7.2 0 4.5 0Q.4 0 .4 3.5Q.4 6.2 4.5 6.9" +
            "Q9 7.6 9 10.5Q9 14 4.5 14Q1.5 14 0 11.8"),
        ['T'] = new(10, "M0 0L10 0M5 0L5 14"),
        ['U'] = new(10, LetterU),
        ['V'] = new(10, "M0 0L5 14L10 0"),
        ['W'] = new(14, "M0 0L3.5 14L7 2L10.5 14L14 0"),
        ['X'] = new(9.5, "M0 0L9.5 14M9.5 0L0 14"),
        ['Y'] = new(10, "M0 0L5 7L10 0M5 7L5 14"),
        ['Z'] = new(9, "M0 0L9 0L0 14L9 14"),
        ['a'] = new(7.5, SmallA),
        ['b'] = new(8, "M0 0L0 14" + BowlRight),
        ['c'] = new(7, "M7 6Q5.8 4.5 4 4.5Q0 4.5 0 9.2Q0 14 4 14Q5.8 14 7 12.5"),
        ['d'] = new(8, "M8 0L8 14" + BowlRight),
        ['e'] = new(8, SmallE),
        ['f'] = new(4.5, "M4.8 .2Q1.8 -.4 1.8 3L1.8 14M0 4.5L4.5 4.5"),
        ['g'] = new(8, BowlRight + "M8 4.5L8 14.5Q8 18 4 18Q1.8 18 .6 16.8"),
        ['h'] = new(7.5, "M0 0L0 14M0 8.5Q.8 4.5 4 4.5Q7.5 4.5 7.5 8.5L7.5 14"),
        ['i'] = new(0, "M0 4.5L0 14M0 .6L0 .8"),
        ['j'] = new(2, "M2 4.5L2 15Q2 18 0 17.8M2 .6L2 .8"),
        ['k'] = new(7, "M0 0L0 14M7 4.5L0 10M2.6 8.2L7 14"),
        ['l'] = new(1.5, "M0 0L0 12Q0 14 1.6 14"),
        ['m'] = new(12, "M0 4.5L0 14M0 8.5Q.6 4.5 3.2 4.5Q6 4.5 6 8L6 14" +
            "M6 8.5Q6.6 4.5 9.2 4.5Q12 4.5 12 8L12 14"),
        ['n'] = new(7.5, "M0 4.5L0 14M0 8.5Q.8 4.5 4 4.5Q7.5 4.5 7.5 8.5L7.5 14"),
        ['o'] = new(8, BowlRight),
        ['p'] = new(8, "M0 4.5L0 18" + BowlRight),
        ['q'] = new(8, "M8 4.5L8 18" + BowlRight),
        ['r'] = new(4.5, "M0 4.5L0 14M0 8.5Q.6 4.5 4.6 4.6"),
        ['s'] = new(6.6, "M6.3 6Q5.2 4.5 3.3 4.5Q.3 4.5 .3 6.9Q.3 8.7 3.3 9.2" +
            "Q6.6 9.7 6.6 11.6Q6.6 14 3.3 14Q1.2 14 0 12.4"),
        ['t'] = new(4.5, "M1.8 1.5L1.8 11Q1.8 14.2 4.8 13.8M0 4.5L4.5 4.5"),
        ['u'] = new(7.5, SmallU),
        ['v'] = new(7.5, "M0 4.5L3.75 14L7.5 4.5"),
        ['w'] = new(11, "M0 4.5L2.8 14L5.5 6L8.2 14L11 4.5"),
        ['x'] = new(7, "M0 4.5L7 14M7 4.5L0 14"),
        ['y'] = new(7.5, "M0 4.5L3.9 13.5M7.5 4.5L3.4 15.5Q2.4 18.2 0 17.8"),
        ['z'] = new(6.5, "M0 4.5L6.5 4.5L0 14L6.5 14"),
        ['Ä'] = new(10, "M0 14L5 0L10 14M1.8 9.2L8.2 9.2M2 -1L2 -.9M8 -1L8 -.9"),
        ['Ö'] = new(11, LetterO + "M3 -2.4L3 -2.3M8 -2.4L8 -2.3"),
        ['Ü'] = new(10, LetterU + "M3 -1L3 -.9M7 -1L7 -.9"),
        ['ä'] = new(7.5, SmallA + "M1.8 .8L1.8 1M5.6 .8L5.6 1"),
        ['ö'] = new(8, BowlRight + "M2.2 .8L2.2 1M5.8 .8L5.8 1"),
        ['ü'] = new(7.5, SmallU + "M2 .8L2 1M5.5 .8L5.5 1"),
        ['ß'] = new(8, "M0 14L0 4Q0 0 4 0Q7.4 0 7.4 3.2Q7.4 6.2 4 6.6Q8 6.8 8 10.2Q8 14 3.2 14"),
        ['é'] = new(8, SmallE + "M5.6 0L3.8 2"),
        ['è'] = new(8, SmallE + "M2.6 0L4.4 2"),
        [':'] = new(0, "M0 5.4L0 5.6M0 12.6L0 12.8"),
        ['.'] = new(0, "M0 13.4L0 13.6"),
        [','] = new(1, "M.8 13.2L.1 15.8"),
        ['-'] = new(5, "M0 8.5L5 8.5"),
        ['+'] = new(7, "M0 8.5L7 8.5M3.5 5L3.5 12"),
        ['/'] = new(6, "M0 15L6 -1"),
        ['\''] = new(0, "M0 0L0 2.8"),
        ['_'] = new(8, "M0 16L8 16"),
        ['('] = new(3, "M3 -1Q0 2 0 7Q0 12 3 15"),
        [')'] = new(3, "M0 -1Q3 2 3 7Q3 12 0 15"),
        ['#'] = new(9, "M3.5 0L2 14M7.5 0L6 14M.6 4.5L9 4.5M0 9.5L8.4 9.5"),
        ['&'] = new(10, "M9.6 14L2.4 5Q1 3 2 1.4Q3 0 4.5 0Q7.2 0 7.2 2.8Q7.2 5 3.5 6.6Q0 8 0 10.8Q0 14 4 14" +
            "Q8 14 9.6 8.5"),
        ['!'] = new(0, "M0 0L0 9.4M0 13.4L0 13.6"),
        ['?'] = new(7.5, "M0 3Q.4 0 3.8 0Q7.5 0 7.5 3.2Q7.5 5.4 5.4 6.8Q3.8 8 3.8 9.8M3.8 13.4L3.8 13.6"),
        ['·'] = new(1, "M.5 8.4L.5 8.6"),
    }.ToFrozenDictionary();

    /// <summary>The strokes of a character; an empty frame stands for one that isn't drawn here.</summary>
    public static Glyph Find(char character) => s_glyphs.GetValueOrDefault(character, s_unknown);
}

/// <summary>One character: its width on the grid and its strokes.</summary>
internal readonly record struct Glyph(double Width, string Path);
