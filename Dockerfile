# syntax=docker/dockerfile:1
# Ubuntu's own .NET packages: one base for both stages, and security updates with the distribution's.
FROM ubuntu:26.04 AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends dotnet-sdk-10.0 npm ca-certificates \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Directory.Build.props Directory.Packages.props global.json .editorconfig ./
COPY PerfDash.Data/PerfDash.Data.csproj PerfDash.Data/
COPY PerfDash.Core/PerfDash.Core.csproj PerfDash.Core/
COPY PerfDash.Web/PerfDash.Web.csproj PerfDash.Web/
COPY PerfDash.Web/Charts/ApexCharts.targets PerfDash.Web/Charts/
RUN dotnet restore PerfDash.Web
COPY appsettings.json ./
COPY migrations migrations
COPY PerfDash.Data PerfDash.Data
COPY PerfDash.Core PerfDash.Core
COPY PerfDash.Web PerfDash.Web
RUN dotnet publish PerfDash.Web -c Release -o /app --no-restore

FROM ubuntu:26.04
RUN apt-get update \
 && apt-get install -y --no-install-recommends aspnetcore-runtime-10.0 tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home perfdash
WORKDIR /app
COPY --from=build /app .
USER perfdash
ENV ASPNETCORE_URLS=http://+:8080
EXPOSE 8080
HEALTHCHECK --start-period=30s CMD ["dotnet", "PerfDash.Web.dll", "health", "http://localhost:8080"]
ENTRYPOINT ["dotnet", "PerfDash.Web.dll"]
