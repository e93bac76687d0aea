using System.Net;
using System.Net.Http.Headers;
using System.Text;
using HomeBridge.StreamGateway.Http;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.StreamGateway.WebRtc;

/// <summary>Opens ways over HTTP.</summary>
internal sealed class HttpPeerOrigins(PeerOptions options) : IPeerOrigins
{
    public IPeerOrigin Open(RedeemedGrant granted) => new HttpPeerOrigin(new Uri(granted.MediaUrl), granted.MediaToken, options);
}

/// <summary>
/// Offers go out as in WHEP: one POST, and a DELETE at the end. The same rules as for units hold: a connection for each, no
/// redirect, no cache, an answer read to its declared end or not at all.
/// </summary>
internal sealed class HttpPeerOrigin(Uri mediaUrl, string mediaToken, PeerOptions options) : IPeerOrigin
{
    private const string Path = "webrtc";
    private const string SdpType = "application/sdp";

    private readonly HttpClient _http = HttpMediaOrigin.NewClient(mediaUrl, mediaToken);

    public async Task<UnverifiedPeerAnswer?> Offer(string offer, string nonce, CancellationToken cancel)
    {
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            deadline.CancelAfter(options.AnswerWithin);
            var body = Encoding.ASCII.GetBytes(offer);
            using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(SdpType);
            request.Content.Headers.Add("Content-Digest", EvidenceSigner.ContentDigest(body));
            request.Headers.Add("Media-Nonce", nonce);
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            var headers = answer.Content.Headers;
            if (answer.StatusCode is not HttpStatusCode.Created
                || headers.ContentEncoding.Count > 0
                || headers.ContentLength is not (> 0 and <= PeerAnswerVerifier.TextLengthMax))
            {
                return null;
            }

            var read = new byte[(int)headers.ContentLength.Value];
            await using (var stream = await answer.Content.ReadAsStreamAsync(deadline.Token))
            {
                await stream.ReadExactlyAsync(read, deadline.Token);
            }

            var mark = HttpMediaOrigin.CacheMark(answer);
            return new UnverifiedPeerAnswer(
                (int)answer.StatusCode, read, string.Equals(headers.ContentType?.MediaType, SdpType, StringComparison.OrdinalIgnoreCase),
                new EvidenceHeaders(
                    null, HttpMediaOrigin.Single(answer, "Content-Digest"), HttpMediaOrigin.Single(answer, "Signature-Input"), HttpMediaOrigin.Single(answer, "Signature"),
                    CameFromCache: mark is not null)
                {
                    CacheMark = mark,
                    WebrtcAnswer = HttpMediaOrigin.Single(answer, PeerAnswerStatement.Header),
                },
                HttpMediaOrigin.Single(answer, "Location"));
        }
        catch (Exception failed) when (HttpMediaOrigin.IsFailure(failed))
        {
            return null;
        }
    }

    public async Task End(string location, CancellationToken cancel)
    {
        // The media token goes nowhere but where it came from.
        if (!Uri.TryCreate(new Uri(mediaUrl, Path), location, out var session)
            || session.GetLeftPart(UriPartial.Authority) != mediaUrl.GetLeftPart(UriPartial.Authority))
        {
            return;
        }

        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            deadline.CancelAfter(options.TeardownWithin);
            using var request = new HttpRequestMessage(HttpMethod.Delete, session);
            using var ended = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
        }
        catch (Exception failed) when (HttpMediaOrigin.IsFailure(failed))
        {
            // It is over here; the camera finds out when nobody consents any more.
        }
    }

    public void Dispose() => _http.Dispose();
}
