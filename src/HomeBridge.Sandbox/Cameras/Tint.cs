using System.Runtime.InteropServices;

namespace HomeBridge.Sandbox.Cameras;

/// <summary>A colour as it is coded: BT.709, limited range.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Tint(byte Y, byte Cb, byte Cr)
{
    public static Tint White { get; } = new(235, 128, 128);

    public static Tint Black { get; } = new(16, 128, 128);

    /// <summary>Hue in degrees, saturation and lightness from 0 to 1.</summary>
    public static Tint FromHsl(double hue, double saturation, double lightness)
    {
        var red = Channel(0);
        var green = Channel(8);
        var blue = Channel(4);
        var luma = (0.2126 * red) + (0.7152 * green) + (0.0722 * blue);
        return new Tint(
            (byte)Math.Round(16 + (219 * luma)),
            (byte)Math.Round(128 + (224 * (blue - luma) / 1.8556)),
            (byte)Math.Round(128 + (224 * (red - luma) / 1.5748)));

        double Channel(int offset)
        {
            var k = (offset + (hue / 30)) % 12;
            var chroma = saturation * Math.Min(lightness, 1 - lightness);
            return lightness - (chroma * Math.Max(-1, Math.Min(Math.Min(k - 3, 9 - k), 1)));
        }
    }

    /// <summary>The tints from one to another over so many rows.</summary>
    public static Tint[] Gradient(Tint from, Tint to, int rows)
    {
        var tints = new Tint[rows];
        for (var row = 0; row < rows; row++)
        {
            tints[row] = new Tint(At(from.Y, to.Y), At(from.Cb, to.Cb), At(from.Cr, to.Cr));

            byte At(byte first, byte last) =>
                (byte)Math.Round(first + ((double)(last - first) * row / (rows - 1)));
        }

        return tints;
    }
}
