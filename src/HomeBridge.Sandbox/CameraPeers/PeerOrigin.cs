using System.Text;
using System.Text.RegularExpressions;
using HomeBridge.Sandbox.CameraIngest;
using HomeBridge.Streaming.Evidence;
using Microsoft.AspNetCore.Http.Features;

namespace HomeBridge.Sandbox.CameraPeers;

/// <summary>The maker's half of <c>contracts/webrtc-signalling.md</c>: an offer comes in, a signed answer goes out.</summary>
internal static partial class PeerOrigin
{
    private const int OfferBytesMax = 64 * 1024;
    private const string Sdp = "application/sdp";

    public static IServiceCollection AddCameraPeers(this IServiceCollection services) => services.AddSingleton<MakerPeers>();

    public static void MapPeerOrigin(this IEndpointRouteBuilder app)
    {
        app.MapPost("/media/{streamId}/webrtc", OfferAsync);
        app.MapDelete("/media/{streamId}/webrtc/{peerId}", EndAsync);
    }

    private static async Task<IResult> OfferAsync(HttpContext http, string streamId, OpenStreams streams, MakerPeers peers)
    {
        if (await streams.FindAsync(streamId) is not { IsOfUnits: false } stream || !peers.CanAnswer(stream.Shown))
        {
            return Results.NotFound();
        }

        if (!Secrets.Same(Secrets.Bearer(http.Request), stream.Token))
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
            return Results.StatusCode(StatusCodes.Status401Unauthorized);
        }

        stream.Touch();
        if (http.Request.Headers["Media-Nonce"] is not [{ } nonce] || !Nonce().IsMatch(nonce)
            || http.Request.ContentType != Sdp || await BodyAsync(http) is not { } offered
            || http.Request.Headers["Content-Digest"] is not [{ } digest] || digest != EvidenceSigner.ContentDigest(offered)
            || PeerOffer.Read(Encoding.UTF8.GetString(offered)) is not { } offer
            || !offer.Sections.Any(section => section.H264 is not null))
        {
            return Results.BadRequest();
        }

        if (!stream.Asked.Device.CanStream)
        {
            return Results.StatusCode(StatusCodes.Status409Conflict);
        }

        var answer = peers.Answer(stream.Shown, stream.Asked, offer, offered, nonce);
        stream.Attach(answer.Peer);
        answer.Peer.Start();
        foreach (var (name, value) in answer.Headers)
        {
            http.Response.Headers.Append(name, value);
        }

        http.Response.Headers.Location = $"webrtc/{answer.Peer.Id}";
        http.Response.StatusCode = StatusCodes.Status201Created;
        http.Response.ContentType = Sdp;
        http.Response.ContentLength = answer.Text.Length;
        await http.Response.Body.WriteAsync(answer.Text, http.RequestAborted);
        return Results.Empty;
    }

    private static async Task<IResult> EndAsync(HttpContext http, string streamId, string peerId, OpenStreams streams)
    {
        if (await streams.FindAsync(streamId) is not { } stream)
        {
            return Results.NoContent();
        }

        if (!Secrets.Same(Secrets.Bearer(http.Request), stream.Token))
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
            return Results.StatusCode(StatusCodes.Status401Unauthorized);
        }

        stream.EndPeer(peerId);
        return Results.NoContent();
    }

    /// <summary>Null when it is too long.</summary>
    private static async Task<byte[]?> BodyAsync(HttpContext http)
    {
        http.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = OfferBytesMax;
        using var body = new MemoryStream();
        try
        {
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        }
        catch (BadHttpRequestException)
        {
            return null;
        }

        return body.ToArray();
    }

    // What fits between the quotes of the nonce parameter without escaping.
    [GeneratedRegex(@"\A[A-Za-z0-9_-]{16,64}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Nonce();
}
