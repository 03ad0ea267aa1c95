using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Sanctum.Sdk.Tests;

/// <summary>A PostgreSQL server of the test's own, on loopback, with a role <c>app</c> that needs its password.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string Programs = "/usr/lib/postgresql";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sanctum-pg-");
    private readonly string _programs;

    private PostgresServer(string programs)
    {
        _programs = programs;
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        Port = ((IPEndPoint)free.LocalEndpoint).Port;
    }

    public int Port { get; }

    private string Data => Path.Join(_folder.FullName, "data");

    /// <summary>Starts one; skips where PostgreSQL is not installed.</summary>
    public static async Task<PostgresServer> StartAsync(string password)
    {
        var programs = Directory.Exists(Programs) ? Directory.GetDirectories(Programs).Select(version => Path.Join(version, "bin")).FirstOrDefault(bin => File.Exists(Path.Join(bin, "initdb"))) : null;
        Assert.SkipUnless(programs is not null, "there is no PostgreSQL here: install the package postgresql");
        var server = new PostgresServer(programs);
        try
        {
            await server.RunAsync("/bin/sh", ["-c", Environment.IsPrivilegedProcess ? $"chown postgres {server._folder.FullName}" : "true"], asRoot: true);
            await server.RunAsync(server.Program("initdb"), ["-D", server.Data, "-A", "scram-sha-256", "-U", "owner", "--pwfile", await server.FileAsync("owner-password"), "-N"]);
            await server.RunAsync(server.Program("pg_ctl"), ["-D", server.Data, "-w", "-l", Path.Join(server._folder.FullName, "log"), "-o", $"-c listen_addresses=127.0.0.1 -p {server.Port} -k {server._folder.FullName}", "start"]);
            await server.SqlAsync($"CREATE ROLE app LOGIN PASSWORD '{password}'");
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives the role another password.</summary>
    public Task RotateAsync(string password) => SqlAsync($"ALTER ROLE app PASSWORD '{password}'");

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Join(Data, "postmaster.pid")))
        {
            await RunAsync(Program("pg_ctl"), ["-D", Data, "-m", "immediate", "stop"]);
        }

        _folder.Delete(recursive: true);
    }

    private string Program(string name) => Path.Join(_programs, name);

    private async Task<string> FileAsync(string text)
    {
        var path = Path.Join(_folder.FullName, "password");
        await File.WriteAllTextAsync(path, text);
        if (!OperatingSystem.IsWindows())
        {
            // Another user reads it, whatever this process's umask is at the moment: a daemon in it changes that.
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        return path;
    }

    private async Task SqlAsync(string sql)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create($"Host=127.0.0.1;Port={Port};Username=owner;Password=owner-password;Database=postgres;Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    // PostgreSQL refuses to run as root.
    private static async Task RunAsync(string program, string[] arguments, bool asRoot, string folder)
    {
        var start = Environment.IsPrivilegedProcess && !asRoot ? new ProcessStartInfo("runuser", ["-u", "postgres", "--", program, .. arguments]) : new ProcessStartInfo(program, arguments);
        (start.WorkingDirectory, start.RedirectStandardOutput, start.RedirectStandardError) = (folder, true, true);
        using var process = Process.Start(start)!;
        var complaints = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        Assert.True(process.ExitCode == 0, $"{program}: exit code {process.ExitCode}: {(complaints.IsCompleted ? await complaints : "")}");
    }

    private Task RunAsync(string program, string[] arguments, bool asRoot = false) => RunAsync(program, arguments, asRoot, _folder.FullName);
}
