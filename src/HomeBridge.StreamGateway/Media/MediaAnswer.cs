namespace HomeBridge.StreamGateway.Media;

/// <summary>What a viewer is answered. One 404 for every reason there is.</summary>
internal abstract class MediaAnswer
{
    public static MediaAnswer NotFound { get; } = new Refusal(404, "not found\n");

    /// <summary>Valid, but somebody on call stopped it.</summary>
    public static MediaAnswer Suspended { get; } = new Refusal(403, "suspended\n");

    /// <summary>No proven picture can be had right now. Never an older one instead.</summary>
    public static MediaAnswer Unavailable { get; } = new Refusal(503, "unavailable\n");

    /// <summary>A live stream is had from now on; there are no ranges of it.</summary>
    public static MediaAnswer NoRange { get; } = new Refusal(416, "no ranges\n");

    /// <summary>A playlist of our own writing.</summary>
    public static MediaAnswer Playlist(string text) => new PlaylistText(text);

    /// <summary>Answers. Whatever is answered goes through here.</summary>
    public abstract Task Give(IViewer viewer);

    private sealed class Refusal(int status, string text) : MediaAnswer
    {
        public override Task Give(IViewer viewer) => viewer.Text(status, "text/plain; charset=utf-8", text);
    }

    private sealed class PlaylistText(string text) : MediaAnswer
    {
        public override Task Give(IViewer viewer) => viewer.Text(200, "application/vnd.apple.mpegurl", text);
    }
}
