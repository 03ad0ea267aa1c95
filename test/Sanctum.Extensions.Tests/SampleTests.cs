using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Sanctum.Testing;
using Sanctum.Tests;

namespace Sanctum.Extensions.Tests;

/// <summary>The sample, as a process of its own, which has nothing but its environment.</summary>
public sealed class SampleTests
{
    private const string Secret = "sk-canary-9fQ2x7ZtPqLw0";

    [Fact]
    public async Task The_sample_uses_a_key_that_is_nowhere_in_its_process()
    {
        await using var vault = await TestVault.StartAsync();
        var service = await vault.StartUpstreamAsync();
        await vault.StoreAsync("openai/api_key", Secret, service.Origin);
        await vault.StoreAsync("db/main", "hunter2-9fQ2x7");
        using var sample = Start(vault, service);
        try
        {
            using var http = new HttpClient { BaseAddress = await ListeningAsync(sample).WaitAsync(TimeSpan.FromSeconds(60)) };
            Assert.Equal("ok", await http.GetStringAsync("models"));
            service.RequireSingle().RequireHeader("Authorization", $"Bearer {Secret}");
            Assert.Equal("Host=localhost", await http.GetStringAsync("database"));
            Assert.Equal("Healthy", await http.GetStringAsync("health"));
            if (OperatingSystem.IsLinux())
            {
                Assert.True(IsInMemory(sample.Id, "hunter2-9fQ2x7"), "the search finds a secret that the program does hold");
                Assert.False(IsInMemory(sample.Id, Secret), "the program holds the key");
            }

            await vault.SealAsync();
            using var unhealthy = await http.GetAsync("health");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, unhealthy.StatusCode);
        }
        finally
        {
            sample.Kill();
            await sample.WaitForExitAsync();
        }
    }

    private static Process Start(TestVault vault, UpstreamRecorder service)
    {
        var folder = Samples.FolderOf("Sanctum.Sample.Web");
        var start = new ProcessStartInfo("dotnet", [Path.Join(folder, "Sanctum.Sample.Web.dll"), "--urls", "http://127.0.0.1:0", "--Service", $"{service.Origin}/"])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = folder,
        };
        start.Environment["SANCTUM_AGENT"] = vault.Agent;
        start.Environment["SANCTUM_SOCKET"] = vault.SocketPath;
        start.Environment["SANCTUM_KEY"] = Path.Join(vault.KeyDirectory, $"{vault.Agent}.key");
        return Process.Start(start)!;
    }

    private static async Task<Uri> ListeningAsync(Process sample)
    {
        const string said = "Now listening on: ";
        while (await sample.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.IndexOf(said, StringComparison.Ordinal) is >= 0 and var at)
            {
                return new Uri(line[(at + said.Length)..].Trim());
            }
        }

        throw new InvalidOperationException("the sample ended before it listened");
    }

    // As bytes, and as .NET has strings. Blocks overlap, so that nothing lies between two.
    private static bool IsInMemory(int process, string text)
    {
        const int block = 1024 * 1024;
        byte[][] forms = [Encoding.UTF8.GetBytes(text), Encoding.Unicode.GetBytes(text)];
        var buffer = new byte[block];
        using var memory = new FileStream($"/proc/{process}/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        foreach (var fields in File.ReadLines($"/proc/{process}/maps").Select(line => line.Split(' ')).Where(it => it[1].StartsWith("rw", StringComparison.Ordinal)))
        {
            var ends = fields[0].Split('-').Select(it => long.Parse(it, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToArray();
            for (var at = ends[0]; at < ends[1]; at += block - 256)
            {
                if (TryRead(memory, buffer.AsSpan(0, (int)Math.Min(block, ends[1] - at)), at) is var read && forms.Any(form => buffer.AsSpan(0, read).IndexOf(form) >= 0))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static int TryRead(FileStream memory, Span<byte> buffer, long at)
    {
        try
        {
            return RandomAccess.Read(memory.SafeFileHandle, buffer, at);
        }
        catch (IOException)
        {
            return 0; // Reserved, and never written.
        }
    }
}
