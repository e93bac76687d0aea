using System.Globalization;

namespace HomeBridge.Sandbox.Cameras;

/// <summary>Text from <see cref="GlyphStrokes"/>: one pen, round ends, any size, smooth edges.</summary>
internal sealed class GlyphFont
{
    private const double CapUnits = 14;
    private const double DescenderUnits = 4.5;
    private const double SpacingUnits = 3.4;

    private readonly double _scale;
    private readonly double _radius;
    private readonly int _margin;

    /// <param name="capHeight">The height of a capital in pixels, between the centres of its strokes.</param>
    /// <param name="weight">The width of the pen in units of a fourteenth of the capital's height.</param>
    public GlyphFont(double capHeight, double weight)
    {
        _scale = capHeight / CapUnits;
        _radius = weight * _scale / 2;
        _margin = (int)Math.Ceiling(_radius) + 1;
    }

    /// <summary>The distance from one character's left edge to the next one's.</summary>
    public double Advance(char character) =>
        (GlyphStrokes.Find(character).Width + SpacingUnits) * _scale;

    public double Measure(string text) => text.Sum(Advance);

    /// <summary>
    /// Renders a line. The mask begins a pen's margin above the capitals, and text is laid out from a margin
    /// in.
    /// </summary>
    public CoverageMask Render(string text)
    {
        var width = (int)Math.Ceiling(Measure(text)) + (2 * _margin);
        var height = (int)Math.Ceiling((CapUnits + DescenderUnits) * _scale) + (2 * _margin);
        var mask = new CoverageMask(width, height);
        double left = _margin;
        foreach (var character in text)
        {
            Draw(mask, GlyphStrokes.Find(character).Path, left);
            left += Advance(character);
        }

        return mask;
    }

    private void Draw(CoverageMask mask, string path, double left)
    {
        double x = 0, y = 0;
        foreach (var part in path.Split('M', 'L', 'Q').Skip(1).Zip(path.Where(char.IsAsciiLetterUpper)))
        {
            var numbers = Array.ConvertAll(part.First.Split(' ', StringSplitOptions.RemoveEmptyEntries),
                static number => double.Parse(number, CultureInfo.InvariantCulture));
            var (endX, endY) = (numbers[^2], numbers[^1]);
            if (part.Second == 'L')
            {
                Line(x, y, endX, endY);
            }
            else if (part.Second == 'Q')
            {
                Curve(x, y, numbers[0], numbers[1], endX, endY);
            }

            (x, y) = (endX, endY);
        }

        void Line(double x0, double y0, double x1, double y1) => mask.Stroke(
            left + (x0 * _scale), _margin + (y0 * _scale), left + (x1 * _scale), _margin + (y1 * _scale),
            _radius);

        void Curve(double x0, double y0, double cx, double cy, double x1, double y1)
        {
            const int Pieces = 8;
            var (lastX, lastY) = (x0, y0);
            for (var i = 1; i <= Pieces; i++)
            {
                var t = (double)i / Pieces;
                var nextX = ((1 - t) * (1 - t) * x0) + (2 * t * (1 - t) * cx) + (t * t * x1);
                var nextY = ((1 - t) * (1 - t) * y0) + (2 * t * (1 - t) * cy) + (t * t * y1);
                Line(lastX, lastY, nextX, nextY);
                (lastX, lastY) = (nextX, nextY);
            }
        }
    }
}
