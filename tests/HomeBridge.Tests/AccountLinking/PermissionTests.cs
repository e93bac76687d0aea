using HomeBridge.AccountLinking;
using HomeBridge.AccountLinking.Consents;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Revocations;
using HomeBridge.Tests.AccountLinking.OAuth;
using HomeBridge.Tests.Devices;

namespace HomeBridge.Tests.AccountLinking;

/// <summary>What a resident takes away from a link, the link does not see; what comes later is shared as they said.</summary>
public sealed class PermissionTests : IClassFixture<OAuthBridge>
{
    private readonly OAuthBridge _bridge;
    private readonly AccountLinks _links;

    public PermissionTests(OAuthBridge bridge)
    {
        _bridge = bridge;
        _links = bridge.Get<AccountLinks>();
    }

    [Fact]
    public void A_withheld_trait_is_seen_by_its_link_only_as_missing_and_comes_back()
    {
        var home = Identify("withheld", "LIGHT", "OnOff", "Brightness");
        var (link, other) = (Link("withheld", home, NewDevices.Never), Link("withheld", home, NewDevices.Never));

        Assert.True(Write(transaction => _links.SetTrait(transaction, link, home.Id, "Brightness", on: false, "resident")));
        Assert.False(Write(transaction => _links.SetTrait(transaction, link, home.Id, "Brightness", on: false, "resident")));
        Assert.False(Write(transaction => _links.SetTrait(transaction, link, home.Id, "LockUnlock", on: false, "resident")));

        Assert.Equal(["OnOff"], Assert.Single(_links.BoundDevices(link.Id)).Traits.AsEnumerable());
        Assert.Equal(["Brightness"], _links.Binding(link.Id, home.Id.Value)!.Device.Withheld.AsEnumerable());
        using (var view = _bridge.Get<Database>().ForRequest())
        {
            Assert.Equal(["OnOff"], _links.BoundDevices(view, link.Id, new DistinctIds([home.Id.Value]))[0]!.Traits.AsEnumerable());
        }

        Assert.Equal(["OnOff", "Brightness"], Assert.Single(_links.BoundDevices(other.Id)).Traits.AsEnumerable());

        // The platform has one user for both links: it is told what either of them may have.
        var device = _bridge.Get<DeviceRegister>().Find(home.Id.Value)!;
        Assert.Equal(["OnOff", "Brightness"], Write(transaction => AccountLinks.AllowedTo(transaction, link.AgentUserId, device)).Traits.AsEnumerable());
        Write(transaction => _links.SetTrait(transaction, other, home.Id, "Brightness", on: false, "resident"));
        Assert.Equal(["OnOff"], Write(transaction => AccountLinks.AllowedTo(transaction, link.AgentUserId, device)).Traits.AsEnumerable());

        Assert.True(Write(transaction => _links.SetTrait(transaction, link, home.Id, "Brightness", on: true, "resident")));
        Assert.Equal(["OnOff", "Brightness"], Assert.Single(_links.BoundDevices(link.Id)).Traits.AsEnumerable());
    }

    [Fact]
    public void Withheld_video_and_a_device_that_is_turned_off_reach_the_gateways()
    {
        var camera = Identify("withheld-video", "CAMERA", "CameraStream", "OnOff");
        var link = Link("withheld-video", camera, NewDevices.Never);
        var log = _bridge.Get<RevocationLog>();
        var before = log.Head();

        Write(transaction => _links.SetTrait(transaction, link, camera.Id, "OnOff", on: false, "resident"));
        Assert.Equal(before, log.Head());
        Write(transaction => _links.SetTrait(transaction, link, camera.Id, "CameraStream", on: false, "resident"));
        Assert.Equal(before + 1, log.Head());

        Assert.True(Write(transaction => _links.SetDevice(transaction, link, camera, on: false, "resident")));
        Assert.Equal(before + 2, log.Head());
        Assert.Empty(_links.BoundDevices(link.Id));
        Assert.True(Write(transaction => _links.SetDevice(transaction, link, camera, on: true, "resident")));

        // What was withheld once is not withheld of a device that is shared anew, but for sound: that has a yes of its own.
        Assert.Equal(["CameraStream", "OnOff"], Assert.Single(_links.BoundDevices(link.Id)).Traits.AsEnumerable());
        Assert.False(Assert.Single(_links.BoundDevices(link.Id)).HasSound);
    }

    /// <summary>A tick for sound is a yes to sound; no tick, or one without live video, is a no. Recordings are a no for everybody.</summary>
    [Fact]
    public void A_consent_keeps_what_was_said_of_each_camera_and_the_link_begins_with_it()
    {
        var (heard, silent, kept) = (Identify("heard", "CAMERA", "CameraStream"), Identify("silent", "CAMERA", "CameraStream"), Identify("kept", "CAMERA", "CameraStream"));
        var answers = new ConsentAnswers(
            new HashSet<string> { heard.Id.Value, silent.Id.Value }, new HashSet<string> { heard.Id.Value, kept.Id.Value, "of another home" }, null);
        var given = new ConsentGiven("1", "en", answers.NewDevices, [heard.Id, silent.Id, kept.Id]) { Cameras = answers.Cameras([heard, silent, kept]) };
        var client = _bridge.Get<HomeBridge.AccountLinking.OAuth.AccountLinkingOptions>().Clients[OAuthBridge.Google];
        var link = Write(transaction => _links.Consent(transaction, client, "acme", "said", [heard, silent], given, 10))!;

        Assert.Equal(
            [new(heard.Id.Value, true, true, false), new(silent.Id.Value, true, false, false), new(kept.Id.Value, false, false, false)],
            _bridge.Get<LinkRecords>().Consent("acme", "said", link.Id.Value)!.Cameras.OrderByDescending(camera => (camera.LiveVideo, camera.Sound)));
        Assert.True(_links.Binding(link.Id, heard.Id.Value)!.Device.HasSound);
        Assert.False(_links.Binding(link.Id, silent.Id.Value)!.Device.HasSound);
        Assert.Null(_links.Binding(link.Id, kept.Id.Value));
        Assert.Null(_bridge.Get<LinkRecords>().Consent("acme", "another", link.Id.Value));

        // What changes later changes the switch and not what was agreed to then.
        Write(transaction => _links.Open(transaction, link.Id));
        Assert.True(Write(transaction => _links.SetTrait(transaction, link, silent.Id, Device.Sound, on: true, "said")));
        Assert.True(_links.Binding(link.Id, silent.Id.Value)!.Device.HasSound);
        Assert.False(_bridge.Get<LinkRecords>().Consent("acme", "said", link.Id.Value)!.Cameras.Single(camera => camera.Device == silent.Id.Value).Sound);

        // The bridge's own links are asked nothing, and take nothing away.
        Assert.Null(ConsentGiven.ByBridge.Withheld(heard));
    }

    [Theory]
    [InlineData("ask", 2)]
    [InlineData("add", 1)]
    [InlineData("never", 0)]
    public void Devices_that_come_later_wait_for_the_resident_as_they_said(string answer, int waiting)
    {
        var account = $"later-{answer}";
        var (first, light, camera) = (Identify($"{account}-first", "LIGHT", "OnOff"), Identify($"{account}-light", "LIGHT", "OnOff"), Identify($"{account}-camera", "CAMERA", "CameraStream"));
        var link = Link(account, first, Enum.Parse<NewDevices>(answer, ignoreCase: true));
        var later = _bridge.Get<LaterDevices>();

        IReadOnlyList<IdentifiedDevice> Waiting() => later.Waiting(
            link.Id, _links.NewDevicesOf(link.Id)!.Value, [first, light, camera], device => device.Id.Value, device => device.Description.Traits);

        var asked = Waiting();

        Assert.Equal(waiting, asked.Count);
        Assert.DoesNotContain(first, asked);
        if (waiting > 0)
        {
            Assert.Contains(camera, asked);
            later.Leave(link.Id, [camera.Id]);
            Assert.DoesNotContain(camera, Waiting());
        }
    }

    /// <summary>The maker is asked whose a new device is, and meanwhile the resident decides.</summary>
    [Theory]
    [InlineData("nothing", true)]
    [InlineData("never", false)]
    [InlineData("ask", false)]
    [InlineData("off", false)]
    [InlineData("unlinked", false)]
    public async Task What_a_resident_says_while_a_new_device_is_looked_into_holds(string said, bool isShared)
    {
        // The maker in this process owns by the beginning of an id.
        const string account = "device";
        var (first, light) = (Identify($"raced-{said}-first", "LIGHT", "OnOff"), Identify($"raced-{said}", "LIGHT", "OnOff"));
        var link = Link(account, first, NewDevices.Add);
        var maker = new InProcessMaker(1);
        using var guarded = new GuardedDeviceCloud(
            _bridge.Get<DeviceCloudOptions>(), maker, _bridge.Get<DeviceCloudHealth>(), _bridge.Get<HomeBridge.Streaming.Telemetry.Tracing>(), _bridge.Clock);
        var later = new LaterDevices(_links, new DeviceCloud(guarded, _bridge.Get<DeviceCloudOptions>()), _bridge.Get<Database>(), _bridge.Clock);
        maker.Waits = () =>
        {
            switch (said)
            {
                case "off":
                    Assert.True(Write(transaction => _links.SetDevice(transaction, link, light, on: true, account)));
                    Assert.True(Write(transaction => _links.SetDevice(transaction, link, light, on: false, account)));
                    break;
                case "unlinked":
                    _links.End(link.Id, "enough", account);
                    break;
                case not "nothing":
                    Assert.True(Write(transaction => _links.SetNewDevices(transaction, link, Enum.Parse<NewDevices>(said, ignoreCase: true), account)));
                    break;
            }

            return Task.CompletedTask;
        };

        using var deadline = new Deadline(TimeSpan.FromMinutes(1), TimeProvider.System, CancellationToken.None);
        Assert.Equal(isShared, await later.Bind(link, [first, light], deadline));

        Assert.Equal(isShared, _links.Binding(link.Id, light.Id.Value) is not null);
    }

    [Fact]
    public void Consents_that_nobody_redeems_count_are_forgotten_and_end_no_streams()
    {
        var (device, client) = (Identify("dropped-light", "LIGHT", "OnOff"), _bridge.Get<HomeBridge.AccountLinking.OAuth.AccountLinkingOptions>().Clients[OAuthBridge.Google]);
        AccountLink? Agree() => Write(transaction => _links.Consent(transaction, client, "acme", "dropper", [device], new ConsentGiven("1", "en", NewDevices.Ask, [device.Id]), 3));
        var dropped = new[] { Agree(), Agree(), Agree() };
        Assert.All(dropped, Assert.NotNull);
        Assert.Null(Agree());
        var log = _bridge.Get<RevocationLog>();
        var before = log.Head();

        _links.End(dropped[0]!.Id, "given up", "resident");
        Write(transaction => _links.EndBindings(transaction, "acme", "dropper", device.Id, "moved", "maker"));
        Assert.Equal(before, log.Head());
        Assert.NotNull(Agree());
        Assert.Null(Agree());

        // Their codes are over by now: the place is free again.
        _bridge.Clock.Advance(TimeSpan.FromMinutes(11));
        var opened = Agree()!;
        Assert.NotNull(Write(transaction => _links.Open(transaction, opened.Id)));
        Assert.Null(Write(transaction => _links.Open(transaction, dropped[1]!.Id)));
        _links.End(opened.Id, "enough", "resident");
        Assert.Equal(before + 1, log.Head());
    }

    private static IdentifiedDevice Identify(DeviceRegister register, string name, string type, string[] traits) =>
        register.Identify("acme", [new DeviceDescription { VendorDeviceId = $"device-of-{name}-000000", Type = type, Name = name, Traits = [.. traits] }])[0];

    private IdentifiedDevice Identify(string name, string type, params string[] traits) => Identify(_bridge.Get<DeviceRegister>(), name, type, traits);

    private AccountLink Link(string account, IdentifiedDevice device, NewDevices later) => Write(transaction =>
    {
        var client = _bridge.Get<HomeBridge.AccountLinking.OAuth.AccountLinkingOptions>().Clients[OAuthBridge.Google];
        var link = _links.Consent(transaction, client, "acme", account, [device], new ConsentGiven("1", "en", later, [device.Id]), 10)!;
        _links.Open(transaction, link.Id);
        return link;
    });

    private T Write<T>(Func<System.Data.Common.DbTransaction, T> work) => _bridge.Get<Database>().Write(work);
}
