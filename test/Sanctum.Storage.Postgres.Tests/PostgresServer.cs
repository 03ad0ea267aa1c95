using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>A PostgreSQL of Debian's in a folder of its own, on a Unix socket there; all tests of a class share it, each with a schema of its own.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private const string Versions = "/usr/lib/postgresql";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sanctum-pg-");
    private int _schemas;

    private static string? Programs { get; } = Directory.Exists(Versions)
        ? Directory.GetDirectories(Versions).Order(StringComparer.Ordinal).Select(version => Path.Join(version, "bin")).LastOrDefault(bin => File.Exists(Path.Join(bin, "initdb")))
        : null;

    /// <summary>The folder of its socket.</summary>
    public string Folder => _folder.FullName;

    /// <summary>The socket that it listens on.</summary>
    public string Socket => Path.Join(_folder.FullName, ".s.PGSQL.5432");

    /// <summary>A file that its programs can write.</summary>
    public string DumpFile => Path.Join(_folder.FullName, "dump");

    private string Data => Path.Join(_folder.FullName, "data");

    public async ValueTask InitializeAsync()
    {
        if (Programs is null)
        {
            return;
        }

        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("/bin/chown", ["postgres", _folder.FullName], asRoot: true);
        }

        await RunAsync("initdb", ["-D", Data, "-A", "trust", "-U", "owner"]);
        await StartAsync();
    }

    public Task StartAsync() => RunAsync("pg_ctl", ["-D", Data, "-w", "-l", Path.Join(_folder.FullName, "log"), "-o", $"-c listen_addresses= -k {_folder.FullName}", "start"]);

    /// <summary>Ends it as a crash would.</summary>
    public Task StopAtOnceAsync() => RunAsync("pg_ctl", ["-D", Data, "-m", "immediate", "stop"]);

    /// <summary>A connection string with a schema that nothing has used yet.</summary>
    public string NewVault()
    {
        SkipWithout();
        return string.Create(CultureInfo.InvariantCulture, $"Host={_folder.FullName};Username=owner;Database=postgres;Search Path=vault_{Interlocked.Increment(ref _schemas)}");
    }

    /// <summary>Skips the test where there is no PostgreSQL.</summary>
    public static void SkipWithout() => Assert.SkipUnless(Programs is not null, "there is no PostgreSQL here: install the package postgresql");

    /// <summary>Runs SQL in a vault's schema, as somebody else.</summary>
    public static async Task<object?> SqlAsync(string vault, string sql)
    {
        await using var source = NpgsqlDataSource.Create(vault + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Join(Data, "postmaster.pid")))
        {
            await StopAtOnceAsync();
        }

        _folder.Delete(recursive: true);
    }

    /// <summary>Runs one of its programs. PostgreSQL refuses to run as root.</summary>
    public async Task RunAsync(string program, string[] arguments, bool asRoot = false)
    {
        var path = asRoot ? program : Path.Join(Programs, program);
        var start = Environment.IsPrivilegedProcess && !asRoot ? new ProcessStartInfo("runuser", ["-u", "postgres", "--", path, .. arguments]) : new ProcessStartInfo(path, arguments);
        start.WorkingDirectory = "/";
        start.RedirectStandardOutput = true;
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        Assert.True(process.ExitCode == 0, $"{program}: exit code {process.ExitCode}");
    }
}
