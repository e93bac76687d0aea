namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// What a camera looks at: a night sky over two ridges and a lake. Hue, ridges, stars and moon follow from
/// the camera's number. Any rectangle can be painted again to wipe what moved over it.
/// </summary>
internal sealed class Landscape
{
    /// <summary>The rows between which the causeway lies, with the shore at its foot.</summary>
    public const int CausewayTop = 226;
    public const int Shore = 232;

    /// <summary>Below the lake there is nothing but the block code.</summary>
    public const int Bottom = 320;

    private const int Stars = 64;
    private const int Windows = 26;

    private readonly Tint[] _sky;
    private readonly Tint[] _far;
    private readonly Tint[] _near;
    private readonly Tint[] _lake;
    private readonly Tint _causeway;
    private readonly Tint _star;
    private readonly Tint _window;

    /// <summary>The height of each ridge in 256ths of a row, by column.</summary>
    private readonly int[] _farRidge;
    private readonly int[] _nearRidge;

    private readonly (int X, int Y, byte Strength)[] _stars = new (int, int, byte)[Stars];
    private readonly (int X, int Y)[] _windows = new (int, int)[Windows];
    private readonly CoverageMask _moon = CoverageMask.Disc(17, 1.2);
    private readonly CoverageMask _glow = CoverageMask.Disc(10, 58, 105);
    private readonly (int X, int Y) _moonCentre;

    public Landscape(ushort number)
    {
        // The golden angle keeps neighbouring numbers far apart in hue.
        Hue = (212 + (number * 137.508)) % 360;
        _sky = Tint.Gradient(Tint.FromHsl(Hue, 0.55, 0.07), Tint.FromHsl(Hue + 28, 0.42, 0.36), Shore);
        _far = Tint.Gradient(Tint.FromHsl(Hue + 8, 0.36, 0.17), Tint.FromHsl(Hue + 16, 0.32, 0.25), Shore);
        _near = Tint.Gradient(Tint.FromHsl(Hue, 0.42, 0.07), Tint.FromHsl(Hue + 4, 0.36, 0.12), Shore);
        _lake = Tint.Gradient(
            Tint.FromHsl(Hue + 12, 0.40, 0.20), Tint.FromHsl(Hue, 0.50, 0.05), Bottom - Shore);
        _causeway = Tint.FromHsl(Hue, 0.30, 0.045);
        _star = Tint.FromHsl(Hue + 20, 0.30, 0.90);
        _window = Tint.FromHsl(42, 0.95, 0.66);

        var seed = number + 1u;
        _farRidge = Ridge(ref seed, 168, 30);
        _nearRidge = Ridge(ref seed, 204, 18);
        for (var i = 0; i < Stars; i++)
        {
            var (x, y) = (Next(ref seed, YuvPicture.Width), Next(ref seed, 150));
            _stars[i] = (x, y, (byte)(50 + Next(ref seed, 150)));
        }

        for (var i = 0; i < Windows; i++)
        {
            // On the near slope, in villages: two clusters of lights.
            var x = ((i % 2 == 0 ? 90 : 430) + Next(ref seed, 130)) & ~1;
            var top = (_nearRidge[x] >> 8) + 6;
            _windows[i] = (x, Math.Min(top + Next(ref seed, Math.Max(206 - top, 4)), 206) & ~1);
        }

        _moonCentre = (330 + Next(ref seed, 170), 76 + Next(ref seed, 44));
    }

    /// <summary>The hue of everything, in degrees.</summary>
    public double Hue { get; }

    /// <summary>Paints the whole scene, code strip excepted.</summary>
    public void Paint(YuvPicture picture)
    {
        PaintBase(picture, 0, 0, YuvPicture.Width, Shore, ridges: false);
        PaintStars(picture, 0, 0, YuvPicture.Width, Shore);
        picture.Blend(_glow, _moonCentre.X - (_glow.Width / 2), _moonCentre.Y - (_glow.Height / 2), _star);
        picture.Blend(_moon, _moonCentre.X - (_moon.Width / 2), _moonCentre.Y - (_moon.Height / 2), _star);
        PaintBase(picture, 0, 100, YuvPicture.Width, Bottom, ridges: true);
        foreach (var (x, y) in _windows)
        {
            picture.Fill(x, y, x + 2, y + 2, _window);
        }
    }

    /// <summary>
    /// Paints a rectangle again: of sky above the ridges, or anything from the causeway's trains down. Edges
    /// are even.
    /// </summary>
    public void Restore(YuvPicture picture, int left, int top, int right, int bottom)
    {
        left = Math.Clamp(left & ~1, 0, YuvPicture.Width);
        right = Math.Clamp((right + 1) & ~1, 0, YuvPicture.Width);
        PaintBase(picture, left, top, right, bottom, ridges: top > 100);
        PaintStars(picture, left, top, right, bottom);
        picture.Touch(left, top, right, bottom);
    }

    private void PaintBase(YuvPicture picture, int left, int top, int right, int bottom, bool ridges)
    {
        for (var y = top; y < bottom; y++)
        {
            var chroma = (y & 1) == 0;
            if (y >= CausewayTop || !ridges)
            {
                var above = y < Shore && !ridges ? _sky[y] : _causeway;
                FillRow(picture, y, left, right, y >= Shore ? _lake[y - Shore] : above);
                continue;
            }

            for (var x = left; x < right; x++)
            {
                ref var luma = ref picture.Luma[(y * YuvPicture.Width) + x];
                var far = Math.Clamp(((y + 1) << 8) - _farRidge[x], 0, 256);
                var near = Math.Clamp(((y + 1) << 8) - _nearRidge[x], 0, 256);
                if (far == 0 && near == 0)
                {
                    continue;
                }

                var value = luma + (((_far[y].Y - luma) * far) >> 8);
                luma = (byte)(value + (((_near[y].Y - value) * near) >> 8));
                if (chroma && (x & 1) == 0)
                {
                    var at = ((y >> 1) * YuvPicture.ChromaWidth) + (x >> 1);
                    var tint = near >= 128 ? _near[y] : _far[y];
                    picture.Cb[at] = tint.Cb;
                    picture.Cr[at] = tint.Cr;
                }
            }
        }
    }

    private void PaintStars(YuvPicture picture, int left, int top, int right, int bottom)
    {
        foreach (var (x, y, strength) in _stars)
        {
            if (x >= left && x < right && y >= top && y < bottom)
            {
                ref var luma = ref picture.Luma[(y * YuvPicture.Width) + x];
                luma = (byte)(luma + (((_star.Y - luma) * strength) >> 8));
            }
        }
    }

    private static void FillRow(YuvPicture picture, int y, int left, int right, Tint tint)
    {
        picture.Luma.AsSpan((y * YuvPicture.Width) + left, right - left).Fill(tint.Y);
        if ((y & 1) == 0)
        {
            var at = ((y >> 1) * YuvPicture.ChromaWidth) + (left >> 1);
            picture.Cb.AsSpan(at, (right - left) >> 1).Fill(tint.Cb);
            picture.Cr.AsSpan(at, (right - left) >> 1).Fill(tint.Cr);
        }
    }

    /// <summary>Three waves of different length make a line of hills.</summary>
    private static int[] Ridge(ref uint seed, double level, double height)
    {
        var phases = (Next(ref seed, 628), Next(ref seed, 628), Next(ref seed, 628));
        var ridge = new int[YuvPicture.Width];
        for (var x = 0; x < ridge.Length; x++)
        {
            var wave = (0.55 * Math.Sin((x / 130.0) + (phases.Item1 / 100.0)))
                + (0.33 * Math.Sin((x / 57.0) + (phases.Item2 / 100.0)))
                + (0.12 * Math.Sin((x / 21.0) + (phases.Item3 / 100.0)));
            ridge[x] = (int)(256 * (level - (height * wave)));
        }

        return ridge;
    }

    /// <summary>A linear congruential step: the same landscape for the same number, for ever.</summary>
    private static int Next(ref uint seed, int below)
    {
        seed = unchecked((seed * 1664525) + 1013904223);
        return (int)(((ulong)seed * (ulong)below) >> 32);
    }
}
