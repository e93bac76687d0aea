using System.Data.Common;
using System.Globalization;
using System.Text.RegularExpressions;
using Dapper;

namespace HomeBridge.Hosting;

/// <summary>
/// Numbered SQL files beside the features that own the tables, run once each and in order. Forward only: a change is a
/// new file. Both engines take the same files, with the types of each; a file <c>NNNN_name.postgres.sql</c> stands in its
/// place for PostgreSQL.
/// </summary>
internal static partial class Migrations
{
    /// <summary>SQLite takes the shared files as they are.</summary>
    public static IEnumerable<Migration> Sqlite => Files().Where(file => !file.IsForPostgres);

    /// <summary>Texts are ordered by their bytes, as SQLite does, and whole numbers have 64 bits.</summary>
    public static IEnumerable<Migration> Postgres => Files().GroupBy(file => file.Number).Select(same =>
        same.FirstOrDefault(file => file.IsForPostgres) ?? same.Single())
        .Select(file => file.IsForPostgres ? file : file with { Sql = TypeNames().Replace(file.Sql, type => type.Value is "TEXT" ? "TEXT COLLATE \"C\"" : "BIGINT") });

    /// <summary>Runs what was not run yet. The transaction keeps others out.</summary>
    public static void Apply(DbTransaction transaction, IEnumerable<Migration> migrations)
    {
        var connection = transaction.Connection!;
        connection.Execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL)", transaction: transaction);
        var done = connection.Query<int>("SELECT number FROM schema_migrations", transaction: transaction).ToHashSet();
        foreach (var migration in migrations.Where(file => !done.Contains(file.Number)).OrderBy(file => file.Number))
        {
            connection.Execute(migration.Sql, transaction: transaction);
            connection.Execute("INSERT INTO schema_migrations (number, name) VALUES (@Number, @Name)", migration, transaction);
        }
    }

    private static IEnumerable<Migration> Files()
    {
        var assembly = typeof(Migrations).Assembly;
        return assembly.GetManifestResourceNames()
            .Select(name => (Name: name, Match: FileName().Match(name)))
            .Where(file => file.Match.Success)
            .Select(file =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(file.Name)!);
                return new Migration(
                    int.Parse(file.Match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture), file.Name, reader.ReadToEnd(), file.Match.Groups["engine"].Success);
            });
    }

    [GeneratedRegex(@"\.(?<number>[0-9]{4})_[a-z_]+(?<engine>\.postgres)?\.sql\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FileName();

    [GeneratedRegex(@"\b(INTEGER|TEXT)\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TypeNames();
}

/// <summary>One file.</summary>
internal sealed record Migration(int Number, string Name, string Sql, bool IsForPostgres);
