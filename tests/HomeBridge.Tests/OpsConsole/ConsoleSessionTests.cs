using System.Globalization;
using HomeBridge.OpsConsole;
using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HomeBridge.Tests.OpsConsole;

/// <summary>How long a console stays open, and what its cookie is.</summary>
public sealed class ConsoleSessionTests
{
    private readonly SetClock _clock = new();

    [Fact]
    public void A_session_ends_with_the_shift_however_busy_it_is()
    {
        var door = new ConsoleSignIn(Options(secure: true), null!, null!, null!, null!, _clock);
        var who = OperatorIdentity.Of("anna@contoso.example", ["Operator"], OpsConsoleFeature.CookieScheme);
        var session = new AuthenticationProperties(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["since"] = _clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        });

        _clock.Advance(ConsoleSignIn.SessionMax - TimeSpan.FromSeconds(1));
        Assert.False(door.IsOver(who, session));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(door.IsOver(who, session));
        Assert.True(door.IsOver(who, new AuthenticationProperties()));
    }

    [Theory]
    [InlineData(true, CookieSecurePolicy.Always)]
    [InlineData(false, CookieSecurePolicy.SameAsRequest)]
    public void Its_cookie_is_for_this_site_only_and_outside_the_sandbox_for_https_only(bool secure, CookieSecurePolicy policy)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddOpsConsole(Options(secure));
        using var provider = services.BuildServiceProvider();

        var cookie = provider.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(OpsConsoleFeature.CookieScheme);

        Assert.Equal((policy, SameSiteMode.Strict, true), (cookie.Cookie.SecurePolicy, cookie.Cookie.SameSite, cookie.Cookie.HttpOnly));
        Assert.Equal((ConsoleSignIn.SessionIdleMax, true), (cookie.ExpireTimeSpan, cookie.SlidingExpiration));
        Assert.Null(cookie.Cookie.Expiration);
    }

    private static OperatorOptions Options(bool secure) => new(null, null, [], "https://ops.example", secure);
}
