using System.Runtime.InteropServices;

namespace HomeBridge.Hosting;

/// <summary>
/// The functions of SQLite's C interface that every request calls, often. Its usual wrapper counts references around each of
/// them, for handles that are freed under way; here one call owns connection and statement until it is done.
/// </summary>
internal static partial class NativeSqlite
{
    public const int Ok = 0;
    public const int Row = 100;
    public const int Done = 101;

    private const string Library = "e_sqlite3";

    [LibraryImport(Library, EntryPoint = "sqlite3_step")]
    public static partial int Step(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_reset")]
    public static partial int Reset(nint statement);

    /// <summary>The text is not copied: it stays where it is until the statement is reset.</summary>
    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_bind_text")]
    public static partial int BindText(nint statement, int place, nint utf8, int bytes, nint keptByCaller = 0);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_bind_int64")]
    public static partial int BindNumber(nint statement, int place, long value);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_column_text")]
    public static partial nint ColumnText(nint statement, int column);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_column_bytes")]
    public static partial int ColumnBytes(nint statement, int column);
}
