using System.Collections.Frozen;
using System.Globalization;
using HomeBridge.Streaming;

namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// Draws the frames of one camera: the landscape with its train, name, clock, a line that fills in ten
/// seconds, and the block code. A frame is a pure function of its counter; <see cref="Advance"/> draws only
/// what is different from the frame before.
/// </summary>
internal sealed class CameraScene
{
    private const int Margin = 24;
    private const int ClockTop = 256;
    private const int StripTop = 320;
    private const int LineTop = 306;
    private const int LineBottom = 310;
    private const int LineFrames = 100;
    private const int NameWidth = 470;
    private const int CellSize = YuvPicture.Width / BlockCode.Columns;

    private static readonly GlyphFont s_clockFont = new(34, 1.7);
    private static readonly GlyphFont s_smallFont = new(15, 1.7);
    private static readonly GlyphFont s_captionFont = new(11, 1.7);
    private static readonly FrozenDictionary<char, CoverageMask> s_clockGlyphs =
        "0123456789:.".ToFrozenDictionary(static c => c, static c => s_clockFont.Render(c.ToString()));

    private static readonly CoverageMask s_liveDot = CoverageMask.Disc(5, 1);
    private static readonly CoverageMask s_live = s_captionFont.Render("LIVE");
    private static readonly CoverageMask s_utc = s_smallFont.Render("UTC");

    private readonly ushort _number;
    private readonly Landscape _landscape;
    private readonly NightTrain _train;
    private readonly CoverageMask _name;
    private readonly CoverageMask _caption;
    private readonly Tint _text;
    private readonly Tint _softText;
    private readonly Tint _accent;
    private readonly Tint _track;

    public CameraScene(string name, ushort number)
    {
        _number = number;
        _landscape = new Landscape(number);
        _train = new NightTrain(number, _landscape);
        var shown = name.Length > 40 ? name[..40] : name;
        var width = new GlyphFont(26, 1.9).Measure(shown);
        _name = new GlyphFont(26 * Math.Min(1, NameWidth / width), 1.9).Render(shown);
        _caption = s_captionFont.Render($"Simulated camera {number}");
        _text = Tint.FromHsl(_landscape.Hue, 0.30, 0.95);
        _softText = Tint.FromHsl(_landscape.Hue, 0.25, 0.70);
        _accent = Tint.FromHsl(_landscape.Hue + 20, 0.70, 0.68);
        _track = Tint.FromHsl(_landscape.Hue, 0.25, 0.20);
    }

    /// <summary>Draws the whole frame.</summary>
    public void Paint(YuvPicture picture, long frame)
    {
        _landscape.Paint(picture);
        _train.Paint(picture, frame);
        picture.Blend(_name, Margin - 4, 18, _text);
        picture.Blend(_caption, Margin - 2, 58, _softText);
        picture.Blend(s_live, 571, 23, _text);
        PaintDot(picture, frame);
        PaintClock(picture, frame, all: true);
        PaintLine(picture, frame, all: true);

        picture.Fill(0, StripTop - 4, YuvPicture.Width, YuvPicture.CodedHeight, Tint.Black);
        PaintCode(picture, frame, all: true);
    }

    /// <summary>Turns the picture of the frame before into the picture of this frame.</summary>
    public void Advance(YuvPicture picture, long frame)
    {
        _train.Advance(picture, frame);
        if (IsDotLit(frame) != IsDotLit(frame - 1))
        {
            PaintDot(picture, frame);
        }

        PaintClock(picture, frame, all: false);
        PaintLine(picture, frame, all: false);
        PaintCode(picture, frame, all: false);
    }

    private static DateTimeOffset CaptureTime(long frame) =>
        DateTimeOffset.FromUnixTimeMilliseconds(frame * 1000 / CameraEncoder.FramesPerSecond);

    private static string Clock(long frame) =>
        CaptureTime(frame).ToString("HH:mm:ss.f", CultureInfo.InvariantCulture);

    private static bool IsDotLit(long frame) => frame / 5 % 2 == 0;

    private static int LineEnd(long frame) =>
        Margin + ((int)((frame % LineFrames) + 1) * (YuvPicture.Width - (2 * Margin)) / LineFrames & ~1);

    private void PaintDot(YuvPicture picture, long frame)
    {
        const int X = 552;
        const int Y = 24;
        _landscape.Restore(picture, X, Y, X + s_liveDot.Width + 1, Y + s_liveDot.Height + 1);
        picture.Blend(s_liveDot, X, Y, Tint.FromHsl(0, 0.85, IsDotLit(frame) ? 0.60 : 0.26));
    }

    private void PaintClock(YuvPicture picture, long frame, bool all)
    {
        var text = Clock(frame);
        var before = all ? null : Clock(frame - 1);
        double left = Margin;
        for (var i = 0; i < text.Length; i++)
        {
            var glyph = s_clockGlyphs[text[i]];
            var x = (int)left - 4;
            if (before is null)
            {
                picture.Blend(glyph, x, ClockTop, _text);
            }
            else if (before[i] != text[i])
            {
                // Neither the neighbour's margin nor the line below is this glyph's to wipe.
                _landscape.Restore(picture, x, ClockTop, x + (int)s_clockFont.Advance(text[i]), LineTop - 2);
                picture.Blend(glyph, x, ClockTop, _text);
            }

            left += s_clockFont.Advance(text[i]);
        }

        if (all)
        {
            // A unit never spans midnight, so the date is drawn once.
            var day = CaptureTime(frame).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            var date = s_smallFont.Render(day);
            picture.Blend(s_utc, (int)left + 4, ClockTop + 19, _softText);
            picture.Blend(date, YuvPicture.Width - Margin - date.Width + 6, ClockTop + 19, _text);
        }
    }

    private void PaintLine(YuvPicture picture, long frame, bool all)
    {
        var restart = all || frame % LineFrames == 0;
        if (restart)
        {
            picture.Fill(Margin, LineTop, YuvPicture.Width - Margin, LineBottom, _track);
        }

        picture.Fill(restart ? Margin : LineEnd(frame - 1), LineTop, LineEnd(frame), LineBottom, _accent);
    }

    private void PaintCode(YuvPicture picture, long frame, bool all)
    {
        var bits = BlockCode.Encode(_number, unchecked((uint)frame));
        var before = BlockCode.Encode(_number, unchecked((uint)(frame - 1)));
        for (var row = 0; row < BlockCode.Rows; row++)
        {
            for (var column = 0; column < BlockCode.Columns; column++)
            {
                var white = BlockCode.IsWhite(bits, column, row);
                if (all || white != BlockCode.IsWhite(before, column, row))
                {
                    var (x, y) = (column * CellSize, StripTop + (row * CellSize));
                    picture.Fill(x, y, x + CellSize, y + CellSize, white ? Tint.White : Tint.Black);
                }
            }
        }
    }
}
