using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace HomeBridge.Hosting;

/// <summary>What stores the tables.</summary>
internal abstract class StorageEngine : IDisposable
{
    public abstract DbConnection Open();

    public abstract T Read<TAsked, T>(TAsked asked, Func<PreparedReads, TAsked, T> read, bool isView);

    /// <summary>A connection with an open view, for one caller; null when this engine's reads don't gain by it.</summary>
    public virtual PreparedReads? Hold() => null;

    /// <summary>Ends the view of what <see cref="Hold"/> gave.</summary>
    public virtual void LetGo(PreparedReads held) => throw new NotSupportedException("Nothing is held here.");

    public abstract T Write<T>(Func<DbTransaction, T> work);

    public abstract DbTransaction BeginView(DbConnection connection);

    public abstract void Dispose();
}

/// <summary>Where the two engines don't have one word for the same thing.</summary>
internal static class EngineWords
{
    /// <summary>A condition: the column is one of a list, which is passed as an array.</summary>
    public static string In(this DbConnection connection, string column, string parameter) =>
        connection is SqliteConnection ? $"{column} IN {parameter}" : $"{column} = ANY({parameter})";

    /// <summary>A condition: the column is none of a list, which is passed as an array.</summary>
    public static string NotIn(this DbConnection connection, string column, string parameter) =>
        connection is SqliteConnection ? $"{column} NOT IN {parameter}" : $"{column} <> ALL({parameter})";

    /// <summary>A command that is run several times, so that it is made once.</summary>
    public static DbCommand Command(this DbTransaction transaction, string sql)
    {
        var command = transaction.Connection!.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        return command;
    }

    public static DbParameter Add(this DbCommand command, string name, System.Data.DbType type, object? value = null)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.DbType, parameter.Value) = (name, type, value ?? DBNull.Value);
        command.Parameters.Add(parameter);
        return parameter;
    }

    /// <summary>Whether a failure is of the moment: a database that somebody else holds, that is full of work, or that is being restarted.</summary>
    public static bool IsOfTheMoment(Exception failure) => failure is
        SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED } or NpgsqlException { IsTransient: true };
}
