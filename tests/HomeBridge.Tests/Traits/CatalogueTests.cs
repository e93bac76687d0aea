using System.Diagnostics;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Traits;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Traits;

/// <summary>Every attribute, command, parameter, state and notification of the catalogue, right and wrong.</summary>
public sealed class CatalogueTests(ITestOutputHelper output)
{
    private static readonly TraitCatalogue Catalogue = TraitCatalogue.Current;

    public static TheoryData<string> AllTraits => [.. Catalogue.Traits.Select(trait => trait.Name)];

    public static TheoryData<string> AllCommands => [.. Catalogue.Traits.SelectMany(trait => trait.Commands).Select(command => command.Name)];

    [Fact]
    public void The_catalogue_is_whole()
    {
        Assert.Equal(40, Catalogue.Traits.Count);
        Assert.Equal(38, Catalogue.Announced.Count);
        Assert.Equal(81, Catalogue.Types.Count);
        Assert.Equal(69, Catalogue.Traits.Sum(trait => trait.Commands.Length));
        Assert.All(Catalogue.Types.SelectMany(type => type.Requires.Concat(type.Recommends)), name => Assert.True(Catalogue.IsAnnounced(name), name));
        Assert.All(Catalogue.Traits.Where(trait => trait.ReplacedBy is not null), trait => Assert.True(Catalogue.IsAnnounced(trait.ReplacedBy!)));
    }

    [Fact]
    public void Every_code_that_a_check_may_answer_is_one_of_the_platforms()
    {
        foreach (var trait in Catalogue.Traits)
        {
            Assert.All(trait.ErrorCodes.Concat(trait.Commands.SelectMany(command => command.ErrorCodes)), code => Assert.NotNull(Catalogue.ErrorCode(code)));
            foreach (var parameter in trait.Commands.SelectMany(command => command.Parameters))
            {
                Assert.All([parameter.Below, parameter.Above, parameter.Otherwise], code => Assert.True(Catalogue.IsErrorCode(code), code));
            }

            foreach (var rule in trait.Challenges)
            {
                Assert.Contains(rule.Challenge, (string[])["pinNeeded", "ackNeeded"]);
                Assert.All(rule.DeviceTypes ?? [], type => Assert.True(Catalogue.IsType(type), type));
                Assert.All(rule.When, term => Assert.Contains(trait.Commands, command => command.Parameters.Any(parameter => parameter.Name == term.Parameter)));
            }
        }
    }

    [Fact]
    public void Codes_have_one_spelling_outwards()
    {
        Assert.Equal("deviceOffline", Catalogue.ErrorCode("offline"));
        Assert.Equal("deviceOffline", Catalogue.ErrorCode("deviceOffline"));
        Assert.Equal("deviceTurnedOff", Catalogue.ErrorCode("turnedOff"));
        Assert.Null(Catalogue.ErrorCode("onFire"));
        Assert.True(Catalogue.IsErrorCode("deviceJammingDetected"));
        Assert.False(Catalogue.IsErrorCode("onFire"));
        Assert.True(Catalogue.IsExceptionCode("lowBattery"));
        Assert.False(Catalogue.IsExceptionCode("deviceOffline"));
    }

    [Theory]
    [MemberData(nameof(AllCommands))]
    public void A_command_is_checked(string name)
    {
        var command = Catalogue.Command(name)!;
        string[] traits = [command.Trait.Name];
        var able = Examples.Device(command.Trait);
        foreach (var device in (JsonMap[])[able, []])
        {
            foreach (var parameters in Examples.Parameters(command, able))
            {
                Assert.Null(command.Check(traits, device, parameters));
                Assert.Null(command.Check(traits, device, Examples.With(parameters, "somethingNew", 1L)));
                foreach (var parameter in command.Parameters.Where(parameter => parameters.ContainsKey(parameter.Name)))
                {
                    foreach (var (value, fault, expected) in Examples.Wrong(parameter, parameters[parameter.Name], device))
                    {
                        var actual = command.Check(traits, device, Examples.With(parameters, parameter.Name, value));
                        Assert.True(expected == actual, $"{parameter.Name} = {Text(value)} ({fault}): {actual ?? "nothing"}, expected {expected}");
                    }

                    if (parameter.Required)
                    {
                        Assert.Equal("protocolError", command.Check(traits, device, Examples.Without(parameters, parameter.Name)));
                    }
                }
            }

            if (command.ParameterSets is { } sets && sets.Forms.All(form => form.Required.Length > 0))
            {
                Assert.Equal("protocolError", command.Check(traits, device, []));
            }
        }
    }

    [Theory]
    [MemberData(nameof(AllCommands))]
    public void A_command_that_the_device_does_not_declare_is_not_supported(string name)
    {
        var command = Catalogue.Command(name)!;
        var able = Examples.Device(command.Trait);
        var parameters = Examples.Parameters(command, able).First();
        string[] traits = [command.Trait.Name];

        Assert.Equal("functionNotSupported", command.Check([], able, parameters));
        if (command.Trait.QueryOnly is { } queryOnly)
        {
            Assert.Equal("functionNotSupported", command.Check(traits, Examples.With(able, queryOnly.ToString(), true), parameters));
        }

        foreach (var (path, _) in (command.Needs?.Terms ?? []).Concat(command.Parameters.Where(parameter => parameters.ContainsKey(parameter.Name)).SelectMany(parameter => parameter.Needs?.Terms ?? [])))
        {
            var unable = Examples.With(Examples.Without(able, path.ToString().Split('.')[0]), "other", true);
            Assert.Equal("functionNotSupported", command.Check(traits, unable, parameters));
        }
    }

    [Theory]
    [MemberData(nameof(AllTraits))]
    public void Attributes_are_checked(string name)
    {
        var trait = Catalogue.Find(name)!;
        if (trait.ReplacedBy is not null)
        {
            Assert.Contains(Catalogue.Review("LIGHT", [name], []), problem => problem is { Fault: Fault.DeprecatedTrait, Fatal: false });
            return;
        }

        var able = Examples.Device(trait);
        Assert.DoesNotContain(Catalogue.Review("SENSOR", [name], able), problem => problem.Fatal);
        foreach (var attribute in trait.Attributes)
        {
            foreach (var (value, fault, _) in Examples.Wrong(attribute, able[attribute.Name], []))
            {
                var problems = Catalogue.Review("SENSOR", [name], Examples.With(able, attribute.Name, value));
                Assert.True(
                    problems.Any(problem => problem.Fatal && problem.Fault == fault && problem.Trait == name && problem.Member.StartsWith(attribute.Name, StringComparison.Ordinal)),
                    $"{attribute.Name} = {Text(value)}: {string.Join(", ", problems)}, expected {fault}");
            }

            if (attribute.Required)
            {
                Assert.Contains(
                    Catalogue.Review("SENSOR", [name], Examples.Without(able, attribute.Name)), problem => problem is { Fatal: true, Fault: Fault.Missing } && problem.Member == attribute.Name);
            }
        }
    }

    [Theory]
    [MemberData(nameof(AllTraits))]
    public void States_are_checked(string name)
    {
        var trait = Catalogue.Find(name)!;
        var able = Examples.Device(trait);
        var good = Examples.States(trait, able);
        foreach (var device in (JsonMap[])[able, []])
        {
            var whole = Catalogue.CheckStates([name], device, good);
            Assert.Empty(whole.Problems);
            Assert.Same(good, whole.States);
            foreach (var state in trait.States.Where(state => good.ContainsKey(state.Name)))
            {
                foreach (var (value, fault, _) in Examples.Wrong(state, good[state.Name], device))
                {
                    var review = Catalogue.CheckStates([name], device, Examples.With(good, state.Name, value));
                    Assert.DoesNotContain(state.Name, review.States.Keys);
                    Assert.True(
                        review.Problems.Any(problem => problem.Dropped && problem.Fault == fault && problem.Member.StartsWith(state.Name, StringComparison.Ordinal)),
                        $"{state.Name} = {Text(value)}: {string.Join(", ", review.Problems)}, expected {fault}");
                }

                var without = Catalogue.CheckStates([name], device, Examples.Without(good, state.Name));
                Assert.Equal(state.IsRequired(device.Count == 0 ? null : device), without.Problems.Contains(new StateProblem(name, state.Name, Fault.Missing, Dropped: false)));
            }

            var foreign = Catalogue.CheckStates(["Nothing"], device, good);
            Assert.Empty(foreign.States);
            Assert.Equal(good.Count, foreign.Problems.Count(problem => problem is { Dropped: true, Fault: Fault.NotDeclared }));
        }

        Assert.Equal(trait.States.Select(state => state.Name), Catalogue.StatesOf(name));
        Assert.All(Catalogue.StatesOf(name), state => Assert.Same(trait, Catalogue.TraitOfState(state)));
        if (trait.CommandOnly is { } commandOnly)
        {
            Assert.Empty(Catalogue.CheckStates([name], Examples.With(able, commandOnly.ToString(), true), []).Problems);
        }
    }

    [Fact]
    public void Notifications_and_follow_ups_are_checked()
    {
        foreach (var schema in Catalogue.Traits.Select(trait => trait.Notification).Concat(Catalogue.Traits.SelectMany(trait => trait.Commands).Select(command => command.FollowUp)).OfType<Schema>())
        {
            var forms = schema.Forms?.Forms ?? [null!];
            foreach (var good in forms.Select(form => Examples.Members(schema.Members, form, [])))
            {
                Violation? Check(JsonMap sent) => Catalogue.Find(schema.Name)?.Notification == schema ? Catalogue.CheckNotification(schema.Name, sent) : Catalogue.CheckFollowUp(schema.Name, sent);

                Assert.Null(Check(good));
                foreach (var (value, fault, _) in Examples.Wrong(schema, good, []).Where(wrong => wrong.Value is JsonMap { Count: > 0 }))
                {
                    Assert.Equal(fault, Check((JsonMap)value!)?.Fault);
                }

                Assert.NotNull(Check([]));
            }
        }

        Assert.NotNull(Catalogue.CheckNotification("OnOff", []));
        Assert.NotNull(Catalogue.CheckFollowUp("OnOff", []));
    }

    /// <summary>Nothing that a maker writes into attributes, and nothing that a platform sends, throws.</summary>
    [Theory]
    [MemberData(nameof(AllTraits))]
    public void Strange_attributes_never_throw(string name)
    {
        var trait = Catalogue.Find(name)!;
        var able = Examples.Device(trait);
        var good = Examples.States(trait, able);
        object?[] strange = [null, true, 5L, 0.5, "a,,b", "", new List<object?> { null, 5L, new JsonMap(), new List<object?>() }, new JsonMap { ["x"] = null }, new JsonMap()];
        foreach (var attribute in trait.Attributes)
        {
            foreach (var value in strange)
            {
                var device = Examples.With(able, attribute.Name, value);
                Catalogue.Review("LIGHT", [name, name], device);
                Catalogue.CheckStates([name], device, good);
                foreach (var command in trait.Commands)
                {
                    foreach (var parameters in Examples.Parameters(command, able))
                    {
                        command.Check([name], device, parameters);
                    }
                }
            }
        }

        foreach (var state in trait.States)
        {
            foreach (var value in strange)
            {
                Catalogue.CheckStates([name], able, Examples.With(good, state.Name, value));
            }
        }

        foreach (var command in trait.Commands)
        {
            foreach (var value in strange)
            {
                foreach (var parameter in command.Parameters)
                {
                    var parameters = new JsonMap { [parameter.Name] = value };
                    Assert.True(command.Check([name], able, parameters) is var code && (code is null or "protocolError" || Catalogue.IsErrorCode(code)));
                    command.ChallengeFor("LOCK", parameters);
                }
            }
        }
    }

    [Fact]
    public void What_it_costs()
    {
        var clock = Stopwatch.StartNew();
        TraitCatalogue.Load();
        output.WriteLine($"Load again: {clock.Elapsed.TotalMilliseconds:F2} ms");

        var command = Catalogue.Command("ThermostatTemperatureSetpoint")!;
        var device = Examples.Device(command.Trait);
        var parameters = Examples.Parameters(command, device).First();
        var states = Examples.States(command.Trait, device);
        string[] traits = ["TemperatureSetting"];
        const int Times = 100_000;
        for (var round = 0; round < 2; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            clock.Restart();
            for (var time = 0; time < Times; time++)
            {
                command.Check(traits, device, parameters);
            }

            output.WriteLine($"Check: {clock.Elapsed.TotalNanoseconds / Times:F0} ns, {(GC.GetAllocatedBytesForCurrentThread() - before) / Times} B");
            before = GC.GetAllocatedBytesForCurrentThread();
            clock.Restart();
            for (var time = 0; time < Times; time++)
            {
                Catalogue.CheckStates(traits, device, states);
            }

            output.WriteLine($"CheckStates: {clock.Elapsed.TotalNanoseconds / Times:F0} ns, {(GC.GetAllocatedBytesForCurrentThread() - before) / Times} B");
        }

        Assert.Equal(TraitCatalogue.Load().Announced, Catalogue.Announced);
    }

    private static string Text(object? value) => value switch
    {
        JsonMap map => $"{{{string.Join(", ", map.Select(pair => $"{pair.Key}: {Text(pair.Value)}"))}}}",
        List<object?> list => $"[{string.Join(", ", list.Select(Text))}]",
        _ => value?.ToString() ?? "null",
    };
}
