namespace Sanctum.Bench;

/// <summary>A folder of this run's own, gone afterwards.</summary>
internal sealed class BenchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("sanctum-bench-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
