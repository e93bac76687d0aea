namespace HomeBridge.Hosting.Replicas;

/// <summary>What lets many bridges share one database: a bell, turns, a line that carries both, and a roll.</summary>
internal static class ReplicasFeature
{
    public static void AddReplicas(this IServiceCollection services)
    {
        services.AddSingleton<ReplicaBell>();
        services.AddSingleton<ReplicaTurns>();
        services.AddSingleton<ReplicaRoll>();
        services.AddHostedService<ReplicaLine>();
    }
}
