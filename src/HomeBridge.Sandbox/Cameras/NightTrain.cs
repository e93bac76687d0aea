namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// The train that crosses the causeway again and again, with its lights on the water below.
/// </summary>
internal sealed class NightTrain(ushort number, Landscape landscape)
{
    private const int Cars = 5;
    private const int CarLength = 44;
    private const int Gap = 4;
    private const int Length = (Cars * (CarLength + Gap)) - Gap;
    private const int Top = 210;
    private const int WindowTop = 214;
    private const int WindowHeight = 6;

    /// <summary>The reflection is as far below the shore as the windows are above it.</summary>
    private const int ReflectionTop = (2 * Landscape.Shore) - WindowTop - WindowHeight;
    private const int ReflectionBottom = ReflectionTop + 8;

    /// <summary>Pixels per frame: 40 in a second.</summary>
    private const int Speed = 4;

    /// <summary>Part of the train is always in the picture, so that something always moves.</summary>
    private const int Period = (YuvPicture.Width + Length - 24) / Speed;

    private readonly bool _leftwards = number % 2 == 1;
    private readonly Tint _body = Tint.FromHsl(landscape.Hue + 10, 0.22, 0.30);
    private readonly Tint _window = Tint.FromHsl(44, 0.95, 0.70);
    private readonly Tint _reflection = Tint.FromHsl(38, 0.60, 0.36);
    private readonly Tint _lamp = Tint.FromHsl(50, 1, 0.90);

    public void Paint(YuvPicture picture, long frame)
    {
        var left = Left(frame);
        for (var car = 0; car < Cars; car++)
        {
            var x = left + (car * (CarLength + Gap));
            picture.Fill(x, Top, x + CarLength, Landscape.CausewayTop, _body);
            for (var window = x + 4; window < x + CarLength - 4; window += 8)
            {
                picture.Fill(window, WindowTop, window + 4, WindowTop + WindowHeight, _window);
                picture.Fill(window, ReflectionTop, window + 4, ReflectionBottom, _reflection);
            }
        }

        var front = _leftwards ? left - 2 : left + Length - 2;
        picture.Fill(front, Landscape.CausewayTop - 6, front + 4, Landscape.CausewayTop - 2, _lamp);
    }

    /// <summary>Moves the train from the frame before to this one.</summary>
    public void Advance(YuvPicture picture, long frame)
    {
        var left = Left(frame - 1);
        landscape.Restore(picture, left - 2, Top, left + Length + 2, Landscape.CausewayTop);
        landscape.Restore(picture, left, ReflectionTop, left + Length, ReflectionBottom);
        Paint(picture, frame);
    }

    private int Left(long frame)
    {
        var travelled = (int)((frame + (number * 37)) % Period * Speed);
        return _leftwards ? YuvPicture.Width - 12 - travelled : travelled - Length + 12;
    }
}
