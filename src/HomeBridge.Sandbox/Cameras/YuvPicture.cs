namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// A 4:2:0 picture of whole macroblocks. It remembers which macroblocks were drawn on since it was last
/// asked, so that a P frame looks at those only.
/// </summary>
internal sealed class YuvPicture
{
    public const int Width = 640;
    public const int Height = 360;

    /// <summary>Whole macroblocks; the last eight rows are cropped by the sequence parameter set.</summary>
    public const int CodedHeight = 368;
    public const int MacroblockColumns = Width / 16;
    public const int MacroblockRows = CodedHeight / 16;
    public const int ChromaWidth = Width / 2;
    public const int ChromaHeight = CodedHeight / 2;

    public byte[] Luma { get; } = new byte[Width * CodedHeight];

    public byte[] Cb { get; } = new byte[ChromaWidth * ChromaHeight];

    public byte[] Cr { get; } = new byte[ChromaWidth * ChromaHeight];

    public bool[] Touched { get; } = new bool[MacroblockColumns * MacroblockRows];

    /// <summary>Marks the macroblocks of a rectangle as drawn on; the far edges are exclusive.</summary>
    public void Touch(int left, int top, int right, int bottom)
    {
        for (var row = Math.Max(top, 0) >> 4; row <= (Math.Min(bottom, CodedHeight) - 1) >> 4; row++)
        {
            for (var column = Math.Max(left, 0) >> 4; column <= (Math.Min(right, Width) - 1) >> 4; column++)
            {
                Touched[(row * MacroblockColumns) + column] = true;
            }
        }
    }

    /// <summary>Fills a rectangle. Chroma is shared by 2x2 pixels: prefer even edges.</summary>
    public void Fill(int left, int top, int right, int bottom, Tint tint)
    {
        left = Math.Clamp(left, 0, Width);
        right = Math.Clamp(right, 0, Width);
        if (left >= right)
        {
            return;
        }

        for (var y = top; y < bottom; y++)
        {
            Luma.AsSpan((y * Width) + left, right - left).Fill(tint.Y);
        }

        for (var y = top >> 1; y < (bottom + 1) >> 1; y++)
        {
            var start = (y * ChromaWidth) + (left >> 1);
            var count = ((right + 1) >> 1) - (left >> 1);
            Cb.AsSpan(start, count).Fill(tint.Cb);
            Cr.AsSpan(start, count).Fill(tint.Cr);
        }

        Touch(left, top, right, bottom);
    }

    /// <summary>Paints a tint through a coverage mask, clipped to the picture.</summary>
    public void Blend(CoverageMask mask, int left, int top, Tint tint)
    {
        var fromX = Math.Max(0, -left);
        var toX = Math.Min(mask.Width, Width - left);
        var fromY = Math.Max(0, -top);
        var toY = Math.Min(mask.Height, CodedHeight - top);
        if (fromX >= toX || fromY >= toY)
        {
            return;
        }

        for (var y = fromY; y < toY; y++)
        {
            for (var x = fromX; x < toX; x++)
            {
                var coverage = mask.Coverage[(y * mask.Width) + x];
                if (coverage == 0)
                {
                    continue;
                }

                var pixel = ((top + y) * Width) + left + x;
                Luma[pixel] = Mix(Luma[pixel], tint.Y, coverage);

                // Four pixels share a chroma sample: each moves it by what its quarter of the area asks for.
                var chroma = ((top + y) >> 1) * ChromaWidth + ((left + x) >> 1);
                Cb[chroma] = Mix(Cb[chroma], tint.Cb, coverage * 3 >> 3);
                Cr[chroma] = Mix(Cr[chroma], tint.Cr, coverage * 3 >> 3);
            }
        }

        Touch(left + fromX, top + fromY, left + toX, top + toY);
    }

    private static byte Mix(byte below, byte above, int coverage) =>
        (byte)(below + ((((above - below) * coverage) + 127) / 255));
}
