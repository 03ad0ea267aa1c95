#:property PublishAot=false

// Builds the samples as a user would: outside of the repository, from packages alone. dotnet run samples.cs -- PACKAGES FOLDER. 'build.cs -- test-samples' runs it.
// The cache of packages is new, so that nothing but what is in PACKAGES can be taken for it. Each sample lies in FOLDER/built/NAME afterwards.
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: dotnet run samples.cs -- PACKAGES FOLDER");
    return 2;
}

var (packages, folder) = (Path.GetFullPath(args[0]), Path.GetFullPath(args[1]));
Environment.CurrentDirectory = Path.GetDirectoryName(Path.GetDirectoryName(Source()))!;
var cache = Path.Join(folder, "packages");
if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
{
    Console.Error.WriteLine($"{folder} is not empty: samples are built in a new folder");
    return 2;
}

Directory.CreateDirectory(folder);
WriteSettings();
foreach (var sample in Directory.GetDirectories("samples").Order(StringComparer.Ordinal))
{
    var name = Path.GetFileName(sample);
    Copy(sample, Directory.CreateDirectory(Path.Join(folder, name)).FullName);
    var exit = Build(name);
    if (exit != 0)
    {
        return exit;
    }
}

return RequirePackages();

// What a repository of the user's has: the versions of packages, and where they come from. Other packages come from wherever this machine has them from.
void WriteSettings()
{
    var own = Directory.GetFiles(packages, "Sanctum.*.nupkg").Select(file => PackageName().Match(Path.GetFileNameWithoutExtension(file)))
        .Select(it => $"""    <PackageVersion Include="{it.Groups["name"].Value}" Version="{it.Groups["version"].Value}" />""");
    var versions = File.ReadAllText("Directory.Packages.props").ReplaceLineEndings("\n");
    File.WriteAllText(Path.Join(folder, "Directory.Packages.props"), versions.Replace("  <ItemGroup>\n", $"  <ItemGroup>\n{string.Join('\n', own)}\n", StringComparison.Ordinal));
    File.WriteAllText(
        Path.Join(folder, "Directory.Build.props"),
        "<Project><PropertyGroup><TargetFramework>net10.0</TargetFramework><Nullable>enable</Nullable><ImplicitUsings>enable</ImplicitUsings></PropertyGroup></Project>\n");
    File.WriteAllText(Path.Join(folder, "NuGet.config"), $"""<configuration><packageSources><add key="sanctum" value="{packages}" /></packageSources></configuration>{'\n'}""");
}

void Copy(string from, string to)
{
    foreach (var file in Directory.GetFiles(from))
    {
        File.WriteAllText(Path.Join(to, Path.GetFileName(file)), ProjectReference().Replace(File.ReadAllText(file), """<PackageReference Include="$1" />"""));
    }
}

int Build(string name)
{
    var start = new ProcessStartInfo("dotnet", ["build", "-c", "Release", "-o", Path.Join(folder, "built", name), "-v", "quiet", "-nologo", "-warnaserror"]) { WorkingDirectory = Path.Join(folder, name) };
    start.Environment["NUGET_PACKAGES"] = cache;
    using var process = Process.Start(start)!;
    process.WaitForExit();
    return process.ExitCode;
}

// Each package of ours in the new cache is, byte for byte, the one that was to be tried.
int RequirePackages()
{
    var used = Directory.GetFiles(cache, "sanctum.*.nupkg", SearchOption.AllDirectories);
    var strange = used.Where(file => Directory.GetFiles(packages, "*.nupkg").FirstOrDefault(it => string.Equals(Path.GetFileName(it), Path.GetFileName(file), StringComparison.OrdinalIgnoreCase)) is not { } packed
        || !File.ReadAllBytes(packed).AsSpan().SequenceEqual(File.ReadAllBytes(file))).ToList();
    strange.ForEach(file => Console.Error.WriteLine($"{file} did not come from {packages}"));
    Console.WriteLine($"the samples were built from {string.Join(", ", used.Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal))}");
    return strange.Count == 0 && used.Length > 0 ? 0 : 1;
}

static string Source([CallerFilePath] string path = "") => path;

internal static partial class Program
{
    [GeneratedRegex(@"^(?<name>.*?)\.(?<version>\d.*)$")]
    private static partial Regex PackageName();

    [GeneratedRegex("""<ProjectReference Include="../../src/([\w.]+)/[\w.]+.csproj" />""")]
    private static partial Regex ProjectReference();
}
