using System.Diagnostics;
using Sanctum.Tests;

namespace Sanctum.Extensions.Tests;

/// <summary>The sample with a vault inside, as a process of its own.</summary>
public sealed class EmbeddedSampleTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_sample_signs_with_a_vault_in_memory_or_in_a_folder(bool inFolder)
    {
        var root = Directory.CreateTempSubdirectory("sanctum-sample-");
        try
        {
            var folder = Path.Join(root.FullName, "vault");
            var start = new ProcessStartInfo("dotnet", [Path.Join(Samples.FolderOf("Sanctum.Sample.Embedded"), "Sanctum.Sample.Embedded.dll"), .. inFolder ? (string[])[folder] : []]) { RedirectStandardOutput = true };
            using var sample = Process.Start(start)!;
            var said = await sample.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(1));
            Assert.Equal(["hmac-sha256", "7 entries"], said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
            Assert.Equal(inFolder, File.Exists(Path.Join(folder, "vault.db")));
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }
}
