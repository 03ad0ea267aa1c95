namespace Sanctum.Tests;

/// <summary>
/// The samples as they were built: beside the tests, or from packages in a folder of their own, which <c>SANCTUM_TEST_SAMPLES</c> names.
/// <c>build.cs -- test-samples</c> runs the same tests with the latter.
/// </summary>
internal static class Samples
{
    /// <summary>The folder that a sample's program lies in.</summary>
    public static string FolderOf(string sample) =>
        Environment.GetEnvironmentVariable("SANCTUM_TEST_SAMPLES") is not { Length: > 0 } folder ? AppContext.BaseDirectory
        : Path.Join(folder, sample) is var built && File.Exists(Path.Join(built, $"{sample}.dll")) ? built
        : throw new InvalidOperationException($"there is no {sample}.dll in {built}: 'dotnet run build.cs -- test-samples' builds the samples and runs their tests");
}
