using System.Data.Common;
using System.Reflection;
using Dapper;
using Npgsql;

namespace HomeBridge.Hosting;

/// <summary>One statement for many rows.</summary>
internal static class ManyRows
{
    /// <summary>Statements that go to the server together.</summary>
    private const int AtOnce = 200;

    /// <summary>Whether each statement is a round trip.</summary>
    public static bool IsToServer(this DbTransaction transaction) => transaction is NpgsqlTransaction;

    /// <summary>
    /// Runs it once for each, with the row's properties as its parameters; with PostgreSQL many of them in one round trip. How many rows
    /// were changed.
    /// </summary>
    public static int ExecuteAll<T>(this DbTransaction transaction, string sql, IEnumerable<T> rows) => transaction.Connection switch
    {
        NpgsqlConnection postgres => rows.Chunk(AtOnce).Sum(chunk => Together(postgres, (NpgsqlTransaction)transaction, sql, chunk)),
        var connection => connection!.Execute(sql, rows, transaction),
    };

    private static int Together<T>(NpgsqlConnection connection, NpgsqlTransaction transaction, string sql, T[] rows)
    {
        using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var row in rows)
        {
            var command = batch.CreateBatchCommand();
            command.CommandText = sql;
            foreach (var property in Properties<T>.All)
            {
                command.Parameters.Add(new NpgsqlParameter(property.Name, property.GetValue(row) ?? DBNull.Value));
            }

            batch.BatchCommands.Add(command);
        }

        return batch.ExecuteNonQuery();
    }

    private static class Properties<T>
    {
        public static PropertyInfo[] All { get; } = typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance);
    }
}
