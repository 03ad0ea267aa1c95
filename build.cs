#:property PublishAot=false

// Every task of this repository: dotnet run build.cs -- <task>. CI calls nothing else.
using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using System.Xml.Linq;

// A file-based program runs from a cache; its source is in the repository.
Environment.CurrentDirectory = Path.GetDirectoryName(Source())!;
Environment.SetEnvironmentVariable("DOTNET_NOLOGO", "1");

const string solution = "Sanctum.slnx";

// The release before this one, whose database this one has to serve beside it.
const string previous = "4d9751f";
const string postgresTests = "test/Sanctum.Storage.Postgres.Tests/Sanctum.Storage.Postgres.Tests.csproj", historyClass = "Sanctum.Storage.Postgres.Tests.History.HistoryTests";
var executable = Path.GetFullPath(OperatingSystem.IsWindows() ? "artifacts/aot/sanctum.exe" : "artifacts/aot/sanctum");
var packages = Path.GetFullPath("artifacts/package");
(string Name, string What, Func<string[], int> Run)[] Tasks() =>
[
    ("restore", "restores packages", _ => Run("dotnet", "restore", solution)),
    ("build", "builds everything", _ => Build()),
    ("test", "builds, installs what tests need, and runs all tests, or the projects whose names hold the words given", Test),
    ("test-busy", "runs all tests, or those projects, three times beside six busy loops; takes hours", TestBusy),
    ("campaign", "runs the tests that kill processes at every step, and the laws of the search for secrets on twenty times as many texts", _ => Campaign()),
    ("history", "has three daemons over one PostgreSQL, kills and cuts them for so many minutes (30), and checks what was acknowledged", History),
    ("history-flaws", "puts flaws into a copy, one after another, and has the task 'history' find each within two minutes", HistoryFlaws),
    ("test-upgrade", "builds the release before, or what the commit given is, and replaces it under way: two daemons over one PostgreSQL", TestUpgrade),
    ("aot", "publishes the command line with Native AOT to artifacts/aot; fails on any warning", _ => PublishAot()),
    ("test-aot", "runs the end-to-end tests against artifacts/aot", _ => TestAot()),
    ("aot-sample", "publishes the sample for the web, and the same program without a vault, to artifacts/aot-sample; fails on any warning", _ => PublishSample()),
    ("package", "makes what people install in artifacts/package: .deb, .tar.gz, .NET tool and NuGet packages", _ => Package()),
    ("test-package", "installs each of artifacts/package into an empty place, uses it and removes it again; runs the samples' tests with them", _ => TestPackage()),
    ("test-samples", "makes the NuGet packages of the libraries, builds the samples from them outside of the repository, and runs their tests", _ => TestSamples()),
    ("bench", "runs the benchmark; what follows is passed on to it", rest => Run("dotnet", ["run", "-c", "Release", "--project", "bench/Sanctum.Bench", "--", .. rest])),
    ("format", "formats the code; with --verify-no-changes only checks it", rest => Run("dotnet", ["format", solution, .. rest])),
    ("help", "shows this", _ => Help()),
];

var wanted = args.Length == 0 ? "help" : args[0];
foreach (var task in Tasks())
{
    if (task.Name == wanted)
    {
        return task.Run([.. args.Skip(1)]);
    }
}

Console.Error.WriteLine($"there is no task '{wanted}'");
_ = Help();
return 2;

int Help()
{
    Console.WriteLine("dotnet run build.cs -- <task>");
    foreach (var task in Tasks())
    {
        Console.WriteLine($"  {task.Name,-14} {task.What}");
    }

    return 0;
}

int Build() => Run("dotnet", "build", solution, "-v", "quiet", "-nologo");

int Test(string[] words) => IsReadyForTests() ? RunAllTests(words) : Verdict(passed: 0, failed: 1, skipped: 0);

bool IsReadyForTests()
{
    if (Build() != 0)
    {
        Console.Error.WriteLine("the build failed: nothing was tested");
        return false;
    }

    if (Environment.GetEnvironmentVariable("SANCTUM_TEST_EXECUTABLE") is not { Length: > 0 } && PublishForTests() != 0)
    {
        Console.Error.WriteLine("the executable that tests start could not be compiled: nothing was tested");
        return false;
    }

    InstallForTests();
    return true;
}

int RunAllTests(string[] words)
{
    // These begin first, so that none of them runs alone at the end.
    List<string> longest = ["Sanctum.EndToEnd.Tests", "Sanctum.Cli.Tests", "Sanctum.Vault.Tests"];
    var projects = Directory.GetFiles("test", "*.Tests.csproj", SearchOption.AllDirectories)
        .Where(path => words.Length == 0 || words.Any(word => Path.GetFileName(path).Contains(word, StringComparison.OrdinalIgnoreCase)))
        .OrderBy(path => longest.IndexOf(Path.GetFileNameWithoutExtension(path)) is >= 0 and var place ? place : longest.Count).ThenBy(path => path, StringComparer.Ordinal);
    return Tally(RunSideBySide(projects));
}

// Tests start the command line thousands of times. The one that is shipped starts at once; where nothing links it, code that is compiled beforehand takes a third less of the processor.
int PublishForTests()
{
    if (Linker() is not null)
    {
        Environment.SetEnvironmentVariable("SANCTUM_TEST_EXECUTABLE", executable);
        return PublishNative("src/Sanctum.Cli", Path.GetDirectoryName(executable)!, "-p:RunAnalyzers=false"); // The build has run them.
    }

    var folder = Path.GetFullPath("artifacts/test-executable");
    Environment.SetEnvironmentVariable("SANCTUM_TEST_EXECUTABLE", Path.Join(folder, OperatingSystem.IsWindows() ? "sanctum.exe" : "sanctum"));
    return Run("dotnet", "publish", "src/Sanctum.Cli", "-c", "Debug", "-r", RuntimeInformation.RuntimeIdentifier, "--self-contained", "false", "-p:PublishReadyToRun=true", "-o", folder, "-v", "quiet", "-nologo");
}

// What a test may assume of the machine's speed is nothing: all of them hold with a fraction of a processor.
int TestBusy(string[] words)
{
    if (!IsReadyForTests())
    {
        return Verdict(passed: 0, failed: 1, skipped: 0);
    }

    var loops = Enumerable.Range(0, 6).Select(_ => Process.Start("/bin/sh", ["-c", "while kill -0 $PPID; do i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; done"])).ToList();
    try
    {
        return Enumerable.Range(1, 3).Select(round =>
        {
            Say($"beside six busy loops, run {round} of 3");
            return RunAllTests(words);
        }).FirstOrDefault(exit => exit != 0);
    }
    finally
    {
        loops.ForEach(loop => loop.Kill());
    }
}

int Campaign()
{
    Environment.SetEnvironmentVariable("SANCTUM_TEST_CAMPAIGN", "1");
    return Build() != 0 ? Verdict(passed: 0, failed: 1, skipped: 0) : Tally(
    [
        RunTests("test/Sanctum.Vault.Tests/Sanctum.Vault.Tests.csproj", "-class", "Sanctum.Tests.Egress.Scrubbing.ScrubberLawTests"),
        RunTests("test/Sanctum.EndToEnd.Tests/Sanctum.EndToEnd.Tests.csproj", "-namespace", "Sanctum.EndToEnd.Tests.Durability", "-namespace", "Sanctum.EndToEnd.Tests.Moves"),
    ]);
}

int History(string[] words)
{
    Environment.SetEnvironmentVariable("SANCTUM_HISTORY_MINUTES", words is [var minutes, ..] ? minutes : "30");
    return Build() != 0 ? Verdict(passed: 0, failed: 1, skipped: 0) : Tally(
    [
        RunTests(postgresTests, "-class", historyClass, "-showLiveOutput"),
    ]);
}

// A check that finds nothing may be one that can't: each flaw has to be found and named, and nothing where there is none. What fails for another reason shows nothing.
int HistoryFlaws(string[] words)
{
    var copy = Path.GetFullPath("artifacts/flaws");
    var project = Path.Join(copy, postgresTests);
    int Remove() => Directory.Exists(copy) ? Run("git", "worktree", "remove", "--force", copy) : 0;
    string Check(string flaw)
    {
        Say(flaw);
        return Run("dotnet", "build", project, "-p:RunAnalyzers=false", "-v", "quiet", "-nologo") == 0 ? Reason(RunTests(project, "-class", historyClass)) : "it does not build";
    }

    Environment.SetEnvironmentVariable("SANCTUM_HISTORY_MINUTES", "2");
    if (Remove() != 0 || Run("git", "worktree", "add", "--force", "--detach", copy, "HEAD") != 0)
    {
        return 2;
    }

    List<(string Flaw, bool IsFound, string Reason)> all = [];
    try
    {
        var sane = Check("no flaw");
        all.Add(("no flaw", sane.Length == 0, sane));
        foreach (var flaw in JsonNode.Parse(File.ReadAllText(Path.Join(copy, Path.GetDirectoryName(postgresTests), "History/flaws.json")))!.AsArray())
        {
            var (name, file) = ((string)flaw!["flaw"]!, Path.Join(copy, (string)flaw["file"]!));
            if (words.Length > 0 && !words.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase)))
            {
                continue;
            }

            var sound = File.ReadAllText(file);
            File.WriteAllText(file, sound.Replace((string)flaw["line"]!, (string)flaw["instead"]!, StringComparison.Ordinal));
            var reason = Check(name);
            all.Add((name, reason.StartsWith("the history has", StringComparison.Ordinal), reason));
            File.WriteAllText(file, sound);
        }

        all.ForEach(one => Console.WriteLine($"{(one.IsFound ? "right" : "WRONG")}  {one.Flaw}: {(one.Reason.Length > 0 ? one.Reason : "nothing was found")}"));
        return Verdict(all.Count(one => one.IsFound), all.Count(one => !one.IsFound), 0);
    }
    finally
    {
        _ = Remove();
    }
}

int TestUpgrade(string[] words)
{
    var folder = Path.GetFullPath("artifacts/previous");
    var source = Path.Join(folder, "source");
    int Remove() => Directory.Exists(source) ? Run("git", "worktree", "remove", "--force", source) : 0;
    Func<int>[] steps =
    [
        Remove,
        () => Run("git", "worktree", "add", "--force", "--detach", source, words is [var commit, ..] ? commit : previous),
        () => Run("dotnet", "publish", Path.Join(source, "src/Sanctum.Cli"), "-o", Path.Join(folder, "sanctum"), "-p:RunAnalyzers=false", "-v", "quiet", "-nologo"),
        Remove,
        PublishForTests,
        Build,
    ];
    if (!steps.All(step => step() == 0))
    {
        return Verdict(passed: 0, failed: 1, skipped: 0);
    }

    Environment.SetEnvironmentVariable("SANCTUM_PREVIOUS_EXECUTABLE", Path.Join(folder, "sanctum", "sanctum"));
    return Tally([RunTests(postgresTests, "-class", "Sanctum.Storage.Postgres.Tests.RollingUpgradeTests")]);
}

int TestAot()
{
    if (!File.Exists(executable))
    {
        Console.Error.WriteLine("there is no artifacts/aot yet: run the task 'aot' first");
        return 2;
    }

    Environment.SetEnvironmentVariable("SANCTUM_TEST_EXECUTABLE", executable);
    return Test(["Sanctum.EndToEnd.Tests"]);
}

int TestPackage()
{
    if (!Directory.Exists(packages))
    {
        Console.Error.WriteLine($"there is no {packages} yet: run the task 'package' first");
        return 2;
    }

    Environment.SetEnvironmentVariable("SANCTUM_TEST_PACKAGES", packages);
    return Build() == 0
        ? Tally([RunTests("test/Sanctum.EndToEnd.Tests/Sanctum.EndToEnd.Tests.csproj", "-namespace", "Sanctum.EndToEnd.Tests.Packages"), .. RunSamples(packages)])
        : Verdict(passed: 0, failed: 1, skipped: 0);
}

int TestSamples()
{
    var packed = Directory.CreateTempSubdirectory("sanctum-packages-").FullName;
    try
    {
        string[] projects = ["test/Sanctum.Sdk.Tests", "test/Sanctum.Extensions.Tests"];
        return PackLibraries(packed).Concat(projects.Select<string, Func<int>>(project => () => Run("dotnet", "build", project, "-v", "quiet", "-nologo"))).All(step => step() == 0)
            ? Tally(RunSamples(packed))
            : Verdict(passed: 0, failed: 1, skipped: 0);
    }
    finally
    {
        Directory.Delete(packed, recursive: true);
    }
}

// The tests are those that run the samples as they lie here; the programs are what a user makes of the packages.
List<TestRun> RunSamples(string from)
{
    var folder = Directory.CreateTempSubdirectory("sanctum-samples-").FullName;
    try
    {
        if (Run("dotnet", "run", "packaging/samples.cs", "--", from, folder) is not 0 and var exit)
        {
            return [new TestRun("samples", exit, "")];
        }

        Environment.SetEnvironmentVariable("SANCTUM_TEST_SAMPLES", Path.Join(folder, "built"));
        return
        [
            RunTests("test/Sanctum.Sdk.Tests/Sanctum.Sdk.Tests.csproj", "-class", "Sanctum.Sdk.Tests.SampleTests"),
            RunTests("test/Sanctum.Extensions.Tests/Sanctum.Extensions.Tests.csproj", "-class", "Sanctum.Extensions.Tests.SampleTests", "-class", "Sanctum.Extensions.Tests.EmbeddedSampleTests"),
        ];
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }
}

IEnumerable<Func<int>> PackLibraries(string folder)
{
    string[] libraries = ["Sanctum.Protocol", "Sanctum.Client", "Sanctum.Extensions", "Sanctum.Vault", "Sanctum.Storage.Sqlite", "Sanctum.Storage.Postgres", "Sanctum.SealProviders", "Sanctum.Daemon", "Sanctum.Testing"];
    return libraries.Select<string, Func<int>>(name => () => Run("dotnet", "pack", $"src/{name}", "-o", folder, "-v", "quiet", "-nologo"));
}

// Tests wait more than they compute: with two projects at a time the processors have work. What a project says is shown when it has ended.
List<TestRun> RunSideBySide(IEnumerable<string> projects)
{
    ConcurrentQueue<string> waiting = new(projects);
    ConcurrentBag<TestRun> ended = [];
    void Work()
    {
        while (waiting.TryDequeue(out var project))
        {
            ended.Add(RunTests(project));
        }
    }

    Task.WaitAll(Task.Run(Work), Task.Run(Work));
    return [.. ended.OrderBy(run => run.Name, StringComparer.Ordinal)];
}

// Each project is a program of its own, and says in a file how it went: summaries on the terminal are for people.
TestRun RunTests(string project, params string[] which)
{
    var name = Path.GetFileNameWithoutExtension(project);
    var report = Path.GetFullPath($"artifacts/test-results/{name}.xml");
    Directory.CreateDirectory(Path.GetDirectoryName(report)!);
    File.Delete(report);
    Say(name);
    var started = Stopwatch.GetTimestamp();
    var (exit, said) = Capture("dotnet", ["run", "--no-build", "--project", project, "--", "-noLogo", "-noColor", "-result-xml", report, .. which]);
    Say($"{name} ended after {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s\n{said.TrimEnd()}");
    return new TestRun(name, exit, report);
}

// Why the first test that failed did, in one line; empty where all passed.
string Reason(TestRun run) =>
    !File.Exists(run.Report) ? $"it ended with exit code {run.Exit}"
    : (string?)XDocument.Load(run.Report).Descendants("message").FirstOrDefault() is { } message ? message.ReplaceLineEndings("\n").Split('\n')[0]
    : run.Exit == 0 ? "" : $"it ended with exit code {run.Exit}";

int Tally(List<TestRun> runs)
{
    var (passed, failed, skipped) = (0, 0, 0);
    foreach (var run in runs)
    {
        var assemblies = File.Exists(run.Report) ? XDocument.Load(run.Report).Descendants("assembly").ToList() : [];
        int Sum(string attribute) => assemblies.Sum(assembly => (int?)assembly.Attribute(attribute) ?? 0);
        var (bad, all) = (Sum("failed") + Sum("errors"), Sum("total"));
        if (bad == 0 && (run.Exit != 0 || all == 0))
        {
            Console.Error.WriteLine($"{run.Name}: ended with exit code {run.Exit} after {all} tests, without saying what failed");
            bad = 1;
        }

        (passed, failed, skipped) = (passed + Sum("passed"), failed + bad, skipped + Sum("skipped"));
        ShowNotPassed(assemblies);
    }

    if (runs.Count == 0)
    {
        Console.Error.WriteLine("no test project was found");
        failed = 1;
    }

    return Verdict(passed, failed, skipped);
}

// For machines: alone on its line, and the last one.
int Verdict(int passed, int failed, int skipped)
{
    Console.Error.Flush();
    Console.WriteLine($"{passed} passed, {failed} failed, {skipped} skipped");
    return failed == 0 ? 0 : 1;
}

void ShowNotPassed(List<XElement> assemblies)
{
    foreach (var test in assemblies.Descendants("test"))
    {
        switch ((string?)test.Attribute("result"))
        {
            case "Fail":
                Console.WriteLine($"FAILED  {(string?)test.Attribute("name")}");
                ShowWhy((string?)test.Element("failure")?.Element("message") ?? "");
                break;
            case "Skip":
                Console.WriteLine($"SKIPPED {(string?)test.Attribute("name")}: {(string?)test.Element("reason")}");
                break;
        }
    }
}

// The beginning: a law that is broken tells first from which seed it can be broken again.
static void ShowWhy(string message)
{
    foreach (var line in message.ReplaceLineEndings("\n").Split('\n').Take(12))
    {
        Console.WriteLine($"        {(line.Length <= 300 ? line : line[..300] + "...")}");
    }
}

// Programs that tests run beside ours. The independent client of the end-to-end tests is Python over python3-nacl, which Debian installs for its own interpreter.
void InstallForTests()
{
    bool HasNaCl() => new[] { "python3", "/usr/bin/python3" }.Any(python => Succeeds(python, "-c", "import nacl.signing"));
    if (!HasNaCl() && !(Install("python3-nacl") && HasNaCl()))
    {
        Warn("no python3 with the package python3-nacl, and it can't be installed here: the tests with the independent Python client will be SKIPPED");
    }

    foreach (var (program, package) in ((string, string)[])[("bwrap", "bubblewrap"), ("zsh", "zsh"), ("fish", "fish"), ("mandoc", "mandoc"), ("dbus-daemon", "dbus"), ("gnome-keyring-daemon", "gnome-keyring")])
    {
        bool IsThere() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Join(folder, program)));
        if (OperatingSystem.IsLinux() && !IsThere() && !(Install(package) && IsThere()))
        {
            Warn($"no {program}, and the package {package} can't be installed here: the tests with it will be SKIPPED");
        }
    }
}

int PublishAot() => PublishNative("src/Sanctum.Cli", Path.GetDirectoryName(executable)!);

// What a vault adds to a program: docs/benchmarks.md has the figures.
int PublishSample()
{
    foreach (var (program, name) in ((string, string)[])[("samples/Sanctum.Sample.Web", "Sanctum.Sample.Web"), ("bench/bare-web.cs", "bare-web")])
    {
        var folder = Path.GetFullPath($"artifacts/aot-sample/{name}");
        if (PublishNative(program, folder) is not 0 and var exit)
        {
            return exit;
        }

        Say($"{name}: {new FileInfo(Path.Join(folder, name)).Length / 1e6:0.0} MB");
    }

    return 0;
}

int PublishNative(string project, string folder, params string[] settings)
{
    var linker = Linker();
    if (linker is null)
    {
        Console.Error.WriteLine("Native AOT needs clang or gcc to link with");
        return 1;
    }

    string[] arguments = ["publish", project, "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "-p:PublishAot=true", "-o", folder, "-nologo", .. linker, .. settings];
    var warnings = 0;
    var exit = RunAndWatch("dotnet", arguments, line => warnings += line.Contains(": warning ", StringComparison.Ordinal) ? 1 : 0);
    if (warnings > 0)
    {
        Console.Error.WriteLine($"{warnings} warnings: what Native AOT warns about fails when it runs");
    }

    return exit != 0 ? exit : warnings == 0 ? 0 : 1;
}

// Linux on x64 is what there are packages for.
int Package()
{
    if (Directory.Exists(packages))
    {
        Directory.Delete(packages, recursive: true);
    }

    Func<int>[] steps =
    [
        PublishAot,
        () => Run("dotnet", "run", "packaging/package.cs", "--", executable, packages),
        .. PackLibraries(packages),
        () => Run("dotnet", "pack", "src/Sanctum.Cli", "-p:PackAsTool=true", "-o", packages, "-v", "quiet", "-nologo"),
    ];
    return steps.Select(step => step()).FirstOrDefault(exit => exit != 0);
}

// The SDK looks for clang; gcc does as well when it is told.
string[]? Linker()
{
    if (OperatingSystem.IsWindows() || Succeeds("clang", "--version"))
    {
        return [];
    }

    return Succeeds("gcc", "--version") ? ["-p:CppCompilerAndLinker=gcc"] : Install("clang", "zlib1g-dev") ? [] : null;
}

// Only where it may: as root, with apt. Lists are fetched only if the package is not known without.
bool Install(params string[] packages)
{
    if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || !Succeeds("apt-get", "--version"))
    {
        return false;
    }

    Say($"installing {string.Join(' ', packages)}");
    Environment.SetEnvironmentVariable("DEBIAN_FRONTEND", "noninteractive");
    string[] install = ["install", "-y", "-q", "--no-install-recommends", .. packages];
    return Run("apt-get", install) == 0 || (Run("apt-get", "update", "-q") == 0 && Run("apt-get", install) == 0);
}

int Run(string program, params string[] arguments)
{
    using var process = Process.Start(new ProcessStartInfo(program, arguments))!;
    process.WaitForExit();
    return process.ExitCode;
}

(int Exit, string Said) Capture(string program, string[] arguments)
{
    using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    var errors = process.StandardError.ReadToEndAsync();
    var said = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return (process.ExitCode, said + errors.Result);
}

int RunAndWatch(string program, string[] arguments, Action<string> watch)
{
    using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
    while (process.StandardOutput.ReadLine() is { } line)
    {
        Console.WriteLine(line);
        watch(line);
    }

    process.WaitForExit();
    return process.ExitCode;
}

bool Succeeds(string program, params string[] arguments)
{
    try
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
    catch (Win32Exception)
    {
        return false; // There is no such program.
    }
}

void Say(string what) => Console.WriteLine($"== {what}");

void Warn(string what) => Console.WriteLine($"!! {what}");

static string Source([CallerFilePath] string path = "") => path;

internal sealed record TestRun(string Name, int Exit, string Report);
