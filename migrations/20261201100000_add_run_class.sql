-- The class of a run (warm, cold, cached) as a column of the metric: comparisons, estimates and benchmarks match by it.

ALTER TABLE performance_metrics ADD COLUMN run_class TEXT CHECK (run_class IN ('warm', 'cold', 'cached'));

-- The two covering indexes with it.
DROP INDEX idx_performance_metrics_figures;
CREATE INDEX idx_performance_metrics_figures ON performance_metrics (workflow_id, created_at, job_id) INCLUDE (
    worker_id, total_gpu_time_ms, total_wall_time_ms, likeness, face_confidence, motion_quality, boundary_ssim,
    time_per_frame_ms, vram_peak_mb, frame_count, has_other_scores, tier_key, run_class);
DROP INDEX idx_performance_metrics_figures_by_time;
CREATE INDEX idx_performance_metrics_figures_by_time ON performance_metrics (created_at, job_id) INCLUDE (
    workflow_id, worker_id, project_id, total_gpu_time_ms, total_wall_time_ms, likeness, face_confidence, motion_quality, boundary_ssim,
    time_per_frame_ms, vram_peak_mb, frame_count, has_other_scores, tier_key, run_class);

-- The views with it, at their ends.
CREATE OR REPLACE VIEW scored_metrics AS
SELECT m.id, m.job_id, m.workflow_id, m.worker_id, m.project_id, m.character_id, m.scene_id,
       m.time_per_frame_ms, m.total_gpu_time_ms, m.total_wall_time_ms, m.vram_peak_mb, m.frame_count,
       CASE WHEN l.scores IS NULL THEN m.quality_scores_json
            WHEN jsonb_typeof(m.quality_scores_json) = 'object' THEN m.quality_scores_json || l.scores ELSE l.scores END AS quality_scores_json,
       m.pipeline_stages_json, m.resolution_tier, m.created_at,
       COALESCE(l.likeness, m.likeness) AS likeness, COALESCE(l.face_confidence, m.face_confidence) AS face_confidence,
       COALESCE(l.motion_quality, m.motion_quality) AS motion_quality, COALESCE(l.boundary_ssim, m.boundary_ssim) AS boundary_ssim,
       CASE WHEN l.has_other_scores THEN true ELSE m.has_other_scores END AS has_other_scores,
       m.tier_key, m.stage_times, m.run_class
FROM performance_metrics AS m LEFT JOIN late_scores AS l ON l.job_id = m.job_id;

CREATE OR REPLACE VIEW other_scored_metrics AS
SELECT m.id, m.job_id, m.workflow_id, m.worker_id, m.project_id, m.character_id, m.scene_id, m.created_at, m.created_at AS indexed_at, m.tier_key,
       CASE WHEN l.scores IS NULL THEN m.quality_scores_json
            WHEN jsonb_typeof(m.quality_scores_json) = 'object' THEN m.quality_scores_json || l.scores ELSE l.scores END AS quality_scores_json,
       COALESCE(l.likeness, m.likeness) AS likeness, COALESCE(l.face_confidence, m.face_confidence) AS face_confidence,
       COALESCE(l.motion_quality, m.motion_quality) AS motion_quality, COALESCE(l.boundary_ssim, m.boundary_ssim) AS boundary_ssim,
       true AS has_other_scores, m.run_class
FROM performance_metrics AS m LEFT JOIN late_scores AS l ON l.job_id = m.job_id
WHERE m.has_other_scores
UNION ALL
SELECT m.id, m.job_id, m.workflow_id, m.worker_id, m.project_id, m.character_id, m.scene_id, m.created_at, l.created_at, m.tier_key,
       CASE WHEN jsonb_typeof(m.quality_scores_json) = 'object' THEN m.quality_scores_json || l.scores ELSE l.scores END,
       COALESCE(l.likeness, m.likeness), COALESCE(l.face_confidence, m.face_confidence),
       COALESCE(l.motion_quality, m.motion_quality), COALESCE(l.boundary_ssim, m.boundary_ssim),
       true, m.run_class
FROM late_scores AS l JOIN performance_metrics AS m ON m.job_id = l.job_id AND m.created_at = l.created_at
WHERE l.has_other_scores AND m.has_other_scores IS NOT TRUE;

-- Sums of workflow, tier and worker are kept by class too: dims 15 in place of 7. All are computed anew.
ALTER TABLE rollup_sums ADD COLUMN run_class TEXT;
TRUNCATE rollup_sums, rollup_bins, rollup_worker_gpu, rollup_stages, rollup_busy;
DELETE FROM rollup_spans;
