using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.Suspensions;

/// <summary>How what is in force reaches this process and leaves it: memory, leases, poll, signature.</summary>
internal static class SuspensionPropagation
{
    public static void AddSuspensionPropagation(this IServiceCollection services, SuspensionOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<SuspensionFreshness>();
        services.AddSingleton<SuspensionNumbering>();
        services.AddSingleton<SuspensionReplica>();
        services.AddSingleton(_ => options.SnapshotKeyPem is { } pem ? new SnapshotSigner(pem) : SnapshotSigner.New());
        if (options.CopyFile is { } file)
        {
            services.AddSingleton<ISnapshotCopy>(new SnapshotFile(file));
        }

        services.AddHostedService<SuspensionPoll>();
        services.AddHostedService<BreakGlassNode>();
    }
}
