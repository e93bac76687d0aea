namespace HomeBridge.Sandbox.Cameras;

/// <summary>How much of each pixel a shape covers, 0 to 255, row by row.</summary>
internal sealed class CoverageMask(int width, int height)
{
    public int Width { get; } = width;

    public int Height { get; } = height;

    public byte[] Coverage { get; } = new byte[width * height];

    /// <summary>A disc with a soft edge; with a wide edge it is a glow.</summary>
    public static CoverageMask Disc(double radius, double edge, int peak = 255)
    {
        var size = (int)Math.Ceiling(2 * (radius + edge)) + 1;
        var mask = new CoverageMask(size, size);
        var centre = (size - 1) / 2.0;
        for (var y = 0; y < size; y++)
        {
            for (var x = 0; x < size; x++)
            {
                var distance = Math.Sqrt(((x - centre) * (x - centre)) + ((y - centre) * (y - centre)));
                var inside = Math.Clamp((radius + edge - distance) / (edge + 0.0001), 0, 1);
                mask.Coverage[(y * size) + x] = (byte)Math.Round(peak * inside * inside);
            }
        }

        return mask;
    }

    /// <summary>Draws a stroke with round ends, by the distance of each pixel's centre from it.</summary>
    public void Stroke(double fromX, double fromY, double toX, double toY, double radius)
    {
        var lengthX = toX - fromX;
        var lengthY = toY - fromY;
        var square = (lengthX * lengthX) + (lengthY * lengthY);
        var firstX = Math.Max(0, (int)(Math.Min(fromX, toX) - radius - 1));
        var lastX = Math.Min(Width - 1, (int)(Math.Max(fromX, toX) + radius + 1));
        var firstY = Math.Max(0, (int)(Math.Min(fromY, toY) - radius - 1));
        var lastY = Math.Min(Height - 1, (int)(Math.Max(fromY, toY) + radius + 1));
        for (var y = firstY; y <= lastY; y++)
        {
            for (var x = firstX; x <= lastX; x++)
            {
                var dx = x + 0.5 - fromX;
                var dy = y + 0.5 - fromY;
                var along = square > 0 ? Math.Clamp(((dx * lengthX) + (dy * lengthY)) / square, 0, 1) : 0;
                dx -= along * lengthX;
                dy -= along * lengthY;
                var distance = Math.Sqrt((dx * dx) + (dy * dy));
                var coverage = (byte)(255 * Math.Clamp(radius + 0.5 - distance, 0, 1));
                ref var pixel = ref Coverage[(y * Width) + x];
                pixel = Math.Max(pixel, coverage);
            }
        }
    }
}
