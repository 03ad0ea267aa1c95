using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.Json;
using Sanctum.Client;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>
/// The release before and this one, as they are installed, over one database: daemons are replaced one after the other while agents use them, and then the tables are upgraded.
/// <c>build.cs -- test-upgrade</c> builds both and says where they are.
/// </summary>
public sealed class RollingUpgradeTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private static readonly string? _previous = Environment.GetEnvironmentVariable("SANCTUM_PREVIOUS_EXECUTABLE");
    private static readonly string? _current = Environment.GetEnvironmentVariable("SANCTUM_TEST_EXECUTABLE");

    [Fact]
    public async Task Daemons_are_replaced_one_by_one_and_agents_go_on()
    {
        PostgresServer.SkipWithout();
        Assert.SkipUnless(_previous is not null && _current is not null && !OperatingSystem.IsWindows(), "there is no release before this one here: 'dotnet run build.cs -- test-upgrade' builds it");
        if (!OperatingSystem.IsWindows())
        {
            await ReplaceAsync();
        }
    }

    [UnsupportedOSPlatform("windows")]
    private async Task ReplaceAsync()
    {
        using var folder = new Installed(server.NewVault());
        await folder.RunAsync(_previous!, 1, "init");
        await folder.StartAsync(_previous!, 1);
        await folder.StartAsync(_previous!, 2);
        await folder.RunAsync(_previous!, 1, "agent", "register", "helper");
        await folder.RunAsync(_previous!, 1, "store", "hooks/key", "--type", "hmac");
        await folder.RunAsync(_previous!, 2, "policy", "add", "hooks", "--principal", "agent:helper", "--resources", "hooks/*", "--actions", "use");
        await folder.SignsAsync(1, true);
        await folder.SignsAsync(2, true);

        // The second is replaced. What one of them writes, the other knows: a withdrawal, and what is new.
        await folder.RunAsync(_previous!, 2, "daemon", "stop");
        await folder.StartAsync(_current!, 2);
        await folder.SignsAsync(2, true);
        await folder.RunAsync(_current!, 2, "policy", "remove", "hooks");
        await folder.SignsAsync(1, false);
        await folder.RunAsync(_previous!, 1, "policy", "add", "hooks", "--principal", "agent:helper", "--resources", "hooks/*", "--actions", "use");
        await folder.SignsAsync(2, true);
        Assert.Contains(" vault upgrade'", await folder.RunAsync(_current!, 2, "daemon", "status"), StringComparison.Ordinal);
        Assert.Contains("intact", await folder.RunAsync(_previous!, 1, "audit", "verify"), StringComparison.Ordinal);
        Assert.Contains("intact", await folder.RunAsync(_current!, 2, "audit", "verify"), StringComparison.Ordinal);

        // The first too, and then the tables, under both.
        await folder.RunAsync(_previous!, 1, "daemon", "stop");
        await folder.StartAsync(_current!, 1);
        Assert.Contains("they had", await folder.RunAsync(_current!, 1, "vault", "upgrade"), StringComparison.Ordinal);
        await folder.SignsAsync(1, true);
        await folder.SignsAsync(2, true);
        await folder.HoldsAsync(async () => (await folder.RunAsync(_current!, 1, "node", "list")).Split('\n').Count(line => line.Contains("unsealed", StringComparison.Ordinal)) == 2);
        Assert.DoesNotContain(" vault upgrade", await folder.RunAsync(_current!, 2, "daemon", "status"), StringComparison.Ordinal);
        Assert.Contains("intact", await folder.RunAsync(_current!, 2, "audit", "verify"), StringComparison.Ordinal);

        // The one before does not come back, and says why.
        await folder.RunAsync(_current!, 1, "daemon", "stop");
        var (exit, said) = await folder.TryAsync(_previous!, 1, "daemon", "start");
        Assert.True(exit != 0 && said.Contains("upgrade", StringComparison.Ordinal), said);
        await folder.SignsAsync(2, true);
    }

    [UnsupportedOSPlatform("windows")]
    private sealed class Installed : IDisposable
    {
        private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sanctum-rolling-");

        public Installed(string settings)
        {
            File.WriteAllText(PassphraseFile, "correct horse battery staple");
            File.SetUnixFileMode(PassphraseFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            foreach (var number in (int[])[1, 2])
            {
                var config = Path.Join(Directory.CreateDirectory(FolderOf(number), Own).FullName, "config.json");
                File.WriteAllText(config, $$$"""{"store": {"postgres": {{{JsonSerializer.Serialize(settings)}}}}}""");
                File.SetUnixFileMode(config, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }

        private string PassphraseFile => Path.Join(_folder.FullName, "passphrase");

        public Task<string> StartAsync(string program, int number) => RunAsync(program, number, "daemon", "start");

        /// <summary>A call of the agent's ends so, within seconds: what one daemon wrote, the other may hear a moment later.</summary>
        public Task SignsAsync(int number, bool expected) => HoldsAsync(async () =>
        {
            try
            {
                await using var client = await SanctumClient.ConnectAsync("helper", new SanctumClientOptions { SocketPath = Path.Join(FolderOf(number), "vault.sock"), KeyPath = Path.Join(FolderOf(1), "keys", "helper.key") });
                await client.SignAsync("hooks/key", "a payload");
                return expected;
            }
            catch (Client.VaultException refused) when (refused is AccessDeniedException or CredentialNotFoundException)
            {
                return !expected;
            }
        });

        public async Task HoldsAsync(Func<Task<bool>> isSo)
        {
            for (var patience = Stopwatch.StartNew(); !await isSo(); await Task.Delay(200))
            {
                Assert.True(patience.Elapsed < TimeSpan.FromSeconds(20), "it did not come to that");
            }
        }

        public async Task<string> RunAsync(string program, int number, params string[] arguments)
        {
            var (exit, said) = await TryAsync(program, number, arguments);
            Assert.True(exit == 0, $"{string.Join(' ', arguments)}: {said}");
            return said;
        }

        public async Task<(int Exit, string Said)> TryAsync(string program, int number, params string[] arguments)
        {
            var output = Path.Join(_folder.FullName, "output");
            var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >\"$0\" 2>&1", output, program, .. arguments, "--vault-path", FolderOf(number), "--passphrase-file", PassphraseFile]) { RedirectStandardInput = true };
            using var process = Process.Start(start)!;
            await process.StandardInput.WriteAsync("a shared secret of some length");
            process.StandardInput.Close();
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
            return (process.ExitCode, await File.ReadAllTextAsync(output));
        }

        public void Dispose()
        {
            foreach (var number in (int[])[1, 2])
            {
                using var stop = Process.Start(new ProcessStartInfo(_current!, ["daemon", "stop", "--now", "--vault-path", FolderOf(number), "--passphrase-file", PassphraseFile]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
                stop.WaitForExit();
            }

            _folder.Delete(recursive: true);
        }

        private string FolderOf(int number) => Path.Join(_folder.FullName, $"daemon{number}");
    }
}
