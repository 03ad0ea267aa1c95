using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;
using Sanctum.Client.Keys;
using Sanctum.Storage.Sqlite;

namespace Sanctum.Cli.Libraries;

/// <summary>
/// SQLite and libsodium, inside the native executable, so that one file is all there is to install. A library is loaded when it is first
/// called, out of memory: nothing is searched for beside the executable or on the system, and nothing is left on the disk.
/// </summary>
/// <remarks>A build for <c>dotnet</c> carries none, and finds them where NuGet put them.</remarks>
internal static class CarriedLibraries
{
    private static readonly ConcurrentDictionary<string, Lazy<nint>> Loaded = new(StringComparer.Ordinal);

    /// <summary>Makes those who call the libraries get the carried ones. Called once, before any of them is used.</summary>
    public static void Use()
    {
        if (Content("libsodium") is not { } carried)
        {
            return;
        }

        carried.Dispose();
        Assembly[] callers =
        [
            typeof(NSec.Cryptography.Algorithm).Assembly,
            typeof(SQLitePCL.SQLite3Provider_e_sqlite3).Assembly,
            typeof(Vault).Assembly,
            typeof(AgentKey).Assembly,
            typeof(SqliteVaultStore).Assembly,
        ];
        foreach (var caller in callers)
        {
            NativeLibrary.SetDllImportResolver(caller, (name, _, _) => Resolve(name));
        }
    }

    // Zero leaves it to the runtime, as for libc.
    private static nint Resolve(string name) => name is "libsodium" or "e_sqlite3"
        ? Loaded.GetOrAdd(name, library => new Lazy<nint>(() => Load(library))).Value
        : 0;

    private static nint Load(string name)
    {
        using var content = Content(name) ?? throw new DllNotFoundException($"this executable was built without {name}");
        try
        {
            return LibraryInMemory.TryLoad(name, content, out var library) ? library : LibraryInMemory.LoadFromTemporaryFile(name, content);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or DllNotFoundException or BadImageFormatException)
        {
            throw new DllNotFoundException($"{name} can't be loaded: {failure.Message}", failure);
        }
        catch (ArgumentOutOfRangeException limited)
        {
            // What .NET makes of EFBIG.
            throw new DllNotFoundException($"{name} can't be loaded: its file is too large here", new IOException(limited.Message, limited));
        }
    }

    private static Stream? Content(string name) =>
        typeof(CarriedLibraries).Assembly.GetManifestResourceStream($"native/{(name.StartsWith("lib", StringComparison.Ordinal) ? name : "lib" + name)}.so");
}
