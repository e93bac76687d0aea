using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

/// <summary>OccupancySensing, ObjectDetection and StatusReport: who notices something and can't be commanded.</summary>
internal static class Watching
{
    public static Feature Occupancy(string sensor, int? seconds = null, int? events = null) => new(
        "OccupancySensing",
        new()
        {
            ["occupancySensorConfiguration"] = new JsonArray(Feature.Given(
                ("occupancySensorType", sensor),
                ("occupiedToUnoccupiedDelaySec", seconds),
                ("unoccupiedToOccupiedDelaySec", seconds is null ? null : 1),
                ("unoccupiedToOccupiedEventThreshold", events))),
        },
        new() { ["occupancy"] = "UNOCCUPIED" });

    public static Feature Objects() => new("ObjectDetection", [], []);

    public static Feature Status(params (string Code, int Priority, bool Blocking)[] reports) => new(
        "StatusReport",
        [],
        new()
        {
            ["currentStatusReport"] = new JsonArray([.. reports.Select(report => new JsonObject
            {
                ["blocking"] = report.Blocking,
                ["priority"] = report.Priority,
                ["statusCode"] = report.Code,
            })]),
        });
}
