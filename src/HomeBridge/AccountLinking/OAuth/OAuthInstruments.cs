using System.Diagnostics.Metrics;
using HomeBridge.Vitals;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>What would show that tokens or secrets are in the wrong hands, or that clients are told to wait. No ids in it.</summary>
internal sealed class OAuthInstruments
{
    private readonly Counter<long> _clientFailures;
    private readonly Counter<long> _busyLinks;
    private readonly Counter<long> _reuses;
    private readonly Counter<long> _later;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _grantsEnded;

    public OAuthInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(VitalsFeature.MeterName);
        _clientFailures = meter.CreateCounter<long>(
            "homebridge.oauth.client.failures", "{request}", "Requests at the token and revocation endpoints whose client could not be authenticated.");
        _busyLinks = meter.CreateCounter<long>(
            "homebridge.oauth.links.busy", "{link}", "Links that were refreshed more than 20 times in a minute, each once a minute: a copied token may be in use.");
        _reuses = meter.CreateCounter<long>(
            "homebridge.oauth.refresh.reuses", "{token}", "Refresh tokens of public clients that came back after they were replaced; each ended its session.");
        _requests = meter.CreateCounter<long>(
            "homebridge.oauth.token.requests", "{request}", "Requests at the token endpoint, by client, grant type and error; the error of what went well is empty.");
        _grantsEnded = meter.CreateCounter<long>("homebridge.oauth.grants.ended", "{link}", "Account links that ended, by whose doing it was.");
        _later = meter.CreateCounter<long>("homebridge.oauth.later", "{request}", "Requests that were told to come later.");
    }

    public void ClientFailed() => _clientFailures.Add(1);

    public void LinkIsBusy() => _busyLinks.Add(1);

    public void Reused() => _reuses.Add(1);

    /// <param name="client">One of ours, or <c>unknown</c>.</param>
    /// <param name="grantType">One of ours, or <c>other</c>.</param>
    /// <param name="error">From the catalogue; empty when tokens were issued.</param>
    public void Requested(string client, string grantType, string error) =>
        _requests.Add(1, new("client", client), new("grant_type", grantType), new KeyValuePair<string, object?>("error", error));

    public void GrantEnded(string cause) => _grantsEnded.Add(1, new KeyValuePair<string, object?>("cause", cause));

    public void ToldToComeLater() => _later.Add(1);
}
