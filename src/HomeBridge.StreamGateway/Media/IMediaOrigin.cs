using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.StreamGateway.Media;

/// <summary>One session's way to the maker's media origin. Nothing of it is shared with another session.</summary>
internal interface IMediaOrigin : IDisposable
{
    /// <summary>The maker's playlist, or null when it can't be had or read.</summary>
    Task<MakerPlaylist?> Playlist(CancellationToken cancel);

    /// <summary>A whole unit with what speaks for it, or null when none came. Nothing of a partial one is kept.</summary>
    Task<UnverifiedUnit?> Unit(UnitExpectation expected, CancellationToken cancel);
}

/// <summary>Opens the way to the media origin of a redeemed grant.</summary>
internal interface IMediaOrigins
{
    /// <summary>A way for this one session.</summary>
    /// <exception cref="FormatException">The grant's media URL is none.</exception>
    IMediaOrigin Open(RedeemedGrant granted);
}
